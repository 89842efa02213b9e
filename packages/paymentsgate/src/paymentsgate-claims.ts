import { fromBase64, KeyError, Secret, toBase64 } from '@countersign/core/provider'

/** The credential that is sent. Nothing is signed: the pair is the proof. */
export interface PaymentsGateClaims {
  account_id: string
  public_key: string
}

/**
 * The `public_key` that is sent: the Base64 of the whole PEM file, its last newline included. Base64 of PEM
 * passes through unchanged. What environment variables and editors do to either is undone: a byte order mark,
 * quotes, written line breaks, wrapped Base64, and the newline that `$(cat key.pem)` drops.
 *
 * @throws {KeyError} `KEY_MALFORMED` when it is neither, or is a private key.
 */
export function toPublicKeyClaim(publicKey: Secret): Secret {
  const text = repair(publicKey.reveal())
  if (text.includes('-----BEGIN ')) {
    const pem = text.endsWith('\n') ? text : `${text}\n`
    checkPem(pem)
    return new Secret(toBase64(new TextEncoder().encode(pem)))
  }
  const base64 = text.replace(/\s+/g, '')
  const pem = decode(base64)
  if (pem === undefined) throw malformed('The public key is neither PEM nor Base64 of PEM.')
  checkPem(pem)
  return new Secret(base64)
}

function repair(given: string): string {
  const text = given.replace(/^\uFEFF/, '').trimStart()
  const [, , quoted] = /^(["'])([\s\S]*)\1\s*$/.exec(text) ?? []
  const inner = quoted ?? text
  return inner.includes('\n') ? inner : inner.replace(/(?<!\\)(?:\\+r)?\\+n/g, '\n')
}

function checkPem(pem: string): void {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw malformed('A private key was passed as the public key.')
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) throw malformed('The PEM block is not a public key.')
  if (!/-----END (?:RSA )?PUBLIC KEY-----/.test(pem)) {
    throw new KeyError('KEY_TRUNCATED', 'The public key is cut off.', { provider: 'paymentsgate', hint })
  }
}

const hint = 'Pass public_key of the credentials file, or the PEM file that begins with BEGIN PUBLIC KEY.'

function malformed(problem: string): KeyError {
  return new KeyError('KEY_MALFORMED', problem, { provider: 'paymentsgate', hint })
}

function decode(text: string): string | undefined {
  const pem = new TextDecoder().decode(fromBase64(text, { urlSafe: false }))
  return pem.includes('-----BEGIN ') ? pem : undefined
}
