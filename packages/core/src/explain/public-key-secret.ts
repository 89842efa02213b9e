import type { KeyText } from '../keys/read-key-text.ts'

const algorithms = ['HS256', 'HS384', 'HS512']

/**
 * Whether a token is an HMAC under the text of a public key, as libraries make it that take any text for a
 * secret; `undefined` when the key is no text. The text's line ends are tried in the usual ways.
 */
export async function isPublicKeyTheSecret(token: string, publicKey: KeyText): Promise<boolean | undefined> {
  const text = toText(publicKey)
  if (text === undefined) return undefined
  const { compactVerify } = await import('jose/jws/compact/verify')
  const lines = text.replaceAll('\r\n', '\n').trim()
  const crlf = lines.replaceAll('\n', '\r\n')
  const secrets = new Set([text, lines, `${lines}\n`, crlf, `${crlf}\r\n`])
  for (const secret of secrets) {
    const holds = await compactVerify(token, new TextEncoder().encode(secret), { algorithms }).then(
      () => true,
      () => false,
    )
    if (holds) return true
  }
  return false
}

function toText(key: KeyText): string | undefined {
  if (typeof key === 'string') return key
  if (key instanceof ArrayBuffer || ArrayBuffer.isView(key)) return new TextDecoder().decode(key)
  return undefined
}
