import { createPrivateKey, type KeyObject } from 'node:crypto'
import { revealSecret, Secret } from '../base/secret.ts'
import { toPem } from '../keys/base64.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import { readKeyText } from '../keys/read-key-text.ts'
import { repairText } from '../keys/read-pem.ts'
import { toContainer, toText } from './encrypted-container.ts'

/** An encrypted private key and what opens it. */
export interface EncryptedKey {
  /**
   * PKCS#8 (`BEGIN ENCRYPTED PRIVATE KEY`: PBES2 with PBKDF2 or scrypt) or PKCS#1 with `Proc-Type`, as text or
   * bytes; PKCS#8 also as DER; each also in Base64.
   */
  pem: string | Uint8Array | Secret
  /** The passphrase. */
  passphrase?: string | Secret | undefined
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

/**
 * Opens an encrypted private key. The answer is taken as `privateKey` by every factory. A key that is not
 * encrypted is taken as it is.
 *
 * @throws {KeyError} `KEY_ENCRYPTED` without a passphrase, `KEY_PASSPHRASE_WRONG` with a wrong one, and the
 * code of any other fault.
 */
export async function importEncryptedKey({ pem, passphrase, provider }: EncryptedKey): Promise<Secret> {
  const given = pem instanceof Uint8Array ? pem : repairText(revealSecret(pem))
  const reading = readKeyText(given)
  if (!('code' in reading)) {
    return new Secret(
      reading.container === 'der' && reading.private ? toPem('PRIVATE KEY', reading.der) : toText(given),
    )
  }
  if (reading !== keyFaults.encrypted) throw keyError(reading, provider)
  const opener = passphrase === undefined ? '' : revealSecret(passphrase)
  if (opener === '') throw keyError(keyFaults.encrypted, provider)
  const key = open(toContainer(given), opener, provider)
  if (key.asymmetricKeyType !== 'rsa') throw keyError(keyFaults.notRsa, provider)
  return new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString())
}

function open(container: string | Uint8Array, passphrase: string, provider?: string): KeyObject {
  try {
    if (typeof container === 'string') return createPrivateKey({ key: container, passphrase })
    return createPrivateKey({ key: Buffer.from(container), format: 'der', type: 'pkcs8', passphrase })
  } catch (error) {
    // Of 300 wrong passphrases one decrypts to bytes whose padding is right: no key either, under other codes.
    const { code } = error as { code?: unknown }
    const outdated = code === 'ERR_OSSL_EVP_UNSUPPORTED'
    throw keyError(outdated ? keyFaults.outdatedEncryption : keyFaults.passphraseWrong, provider)
  }
}
