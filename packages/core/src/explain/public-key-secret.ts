import { toBytes } from '../base/encoding.ts'
import type { PublicKeyInput } from '../keys/import-public-key.ts'
import { toPem } from '../keys/pem.ts'

const algorithms = ['HS256', 'HS384', 'HS512']

/**
 * Whether a token is an HMAC with the text of a public key as its secret, as some libraries create when they get
 * one. Tries the given text and the PEM of the same key, with LF and CRLF.
 */
export async function isPublicKeyTheSecret(
  token: string,
  key: CryptoKey,
  given: PublicKeyInput,
): Promise<boolean> {
  const { compactVerify } = await import('jose/jws/compact/verify')
  const texts = [toText(given), await pemOf(key)].filter((text) => text !== undefined)
  for (const secret of new Set(texts.flatMap(withLineEnds))) {
    const holds = await compactVerify(token, new TextEncoder().encode(secret), { algorithms }).then(
      () => true,
      () => false,
    )
    if (holds) return true
  }
  return false
}

function withLineEnds(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').trim()
  const crlf = lines.replaceAll('\n', '\r\n')
  return [text, lines, `${lines}\n`, crlf, `${crlf}\r\n`]
}

function toText(key: PublicKeyInput): string | undefined {
  if (typeof key === 'string') return key
  const bytes = toBytes(key)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

async function pemOf(key: CryptoKey): Promise<string | undefined> {
  if (!key.extractable) return undefined
  return toPem('PUBLIC KEY', new Uint8Array(await crypto.subtle.exportKey('spki', key)))
}
