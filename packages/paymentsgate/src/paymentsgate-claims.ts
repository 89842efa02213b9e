import { KeyError, Secret } from '@countersign/core'

/** What proves the caller: nothing is signed, the pair is the proof. */
export interface PaymentsGateClaims {
  account_id: string
  public_key: string
}

/**
 * The `public_key` that is sent: the Base64 of the whole PEM text, its last newline included. What is Base64
 * of PEM already passes through unchanged.
 *
 * @throws {KeyError} `KEY_MALFORMED` when it is neither, or is a private key.
 */
export function toPublicKeyClaim(publicKey: Secret): Secret {
  const given = publicKey.reveal()
  const text = given.includes('\n') ? given : given.replaceAll('\\n', '\n')
  const pem = text.includes('-----BEGIN ') ? text : decode(text)
  if (pem === undefined) throw malformed('The public key is neither PEM nor Base64 of PEM.')
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw malformed('A private key was passed as the public key.')
  if (!/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) throw malformed('The PEM block is not a public key.')
  if (!/-----END (RSA )?PUBLIC KEY-----/.test(pem)) {
    throw new KeyError('KEY_TRUNCATED', 'The public key is cut off.', {
      provider: 'paymentsgate',
      hint,
    })
  }
  return text === pem ? new Secret(encode(pem)) : new Secret(text.trim())
}

const hint = 'Pass public_key of the credentials file, or the PEM file that begins with BEGIN PUBLIC KEY.'

function malformed(problem: string): KeyError {
  return new KeyError('KEY_MALFORMED', problem, { provider: 'paymentsgate', hint })
}

function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function decode(text: string): string | undefined {
  try {
    const pem = atob(text)
    return pem.includes('-----BEGIN ') ? pem : undefined
  } catch {
    return undefined
  }
}
