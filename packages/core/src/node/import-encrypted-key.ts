import { createPrivateKey } from 'node:crypto'
import { toPem } from '../keys/base64.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import { readKeyText } from '../keys/read-key-text.ts'
import { repairText } from '../keys/read-pem.ts'
import { revealSecret, Secret } from '../secret.ts'

/** An encrypted private key and what opens it. */
export interface EncryptedKey {
  /** PKCS#8 (`BEGIN ENCRYPTED PRIVATE KEY`: PBES2 with PBKDF2 or scrypt) or PKCS#1 with `Proc-Type`; text or bytes. */
  pem: string | Uint8Array | Secret
  /** The passphrase; a string is wrapped at once. */
  passphrase?: string | Secret | undefined
}

/**
 * Opens an encrypted private key. The answer is taken as `privateKey` by every factory. A key that is not
 * encrypted is taken as it is.
 *
 * @throws {KeyError} `KEY_ENCRYPTED` without a passphrase, `KEY_PASSPHRASE_WRONG` with a wrong one, and the
 * code of any other fault.
 */
export async function importEncryptedKey({ pem, passphrase }: EncryptedKey): Promise<Secret> {
  const text = pem instanceof Uint8Array ? pem : repairText(revealSecret(pem))
  const reading = readKeyText(text)
  if (!('code' in reading))
    return new Secret(typeof text === 'string' ? text : new TextDecoder().decode(text))
  if (reading !== keyFaults.encrypted) throw keyError(reading)
  const opener = passphrase === undefined ? '' : revealSecret(passphrase)
  if (opener === '') throw keyError(keyFaults.encrypted)
  return new Secret(open(text, opener))
}

function toText(text: string | Uint8Array): string {
  return typeof text === 'string' ? text : new TextDecoder().decode(text)
}

function open(text: string | Uint8Array, passphrase: string): string {
  try {
    const der = typeof text !== 'string' && text[0] === 0x30
    const form = der ? ({ format: 'der', type: 'pkcs8' } as const) : ({ format: 'pem' } as const)
    const key = createPrivateKey({ key: Buffer.from(text as string), passphrase, ...form })
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch (error) {
    throw keyError(/unsupported/i.test(codeOf(error)) ? keyFaults.undecodable : keyFaults.passphraseWrong)
  }
  throw keyError(keyFaults.notRsa)
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
