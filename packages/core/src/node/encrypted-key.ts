import { createPrivateKey, type KeyObject } from 'node:crypto'
import { toBytes } from '../base/encoding.ts'
import { isSecret, revealSecret, Secret } from '../base/secret.ts'
import { ConfigError } from '../errors/config-error.ts'
import { classifyDer } from '../keys/classify-der.ts'
import { derNumber, derTag } from '../keys/der.ts'
import { type KeyFault, keyError, keyFaults } from '../keys/key-fault.ts'
import { toPem } from '../keys/pem.ts'
import { type EncryptedReading, isEncrypted, readKey } from '../keys/read-key.ts'
import { childrenOf, decryptPbes2, encryptionFaults, encryptPbes2 } from './pbes2.ts'

/** An encrypted private key and the passphrase that opens it. */
export interface EncryptedKey {
  /**
   * PKCS#8 (`BEGIN ENCRYPTED PRIVATE KEY`: PBES2 with PBKDF2 or scrypt) or PKCS#1 with `Proc-Type`, as text or
   * bytes; PKCS#8 also as DER; each also in Base64.
   */
  pem: string | Uint8Array | ArrayBuffer | Secret
  /** The passphrase. */
  passphrase?: string | Secret | undefined
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

/**
 * Opens an encrypted private key. Every factory takes the result as `privateKey`. A key that is not encrypted is
 * returned as it is.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { importSigningKey } from '@countersign/core'
 * import { importEncryptedKey } from '@countersign/core/node'
 *
 * const passphrase = process.env.PASSPHRASE
 * const privateKey = await importEncryptedKey({ pem: await readFile('key.pem'), passphrase })
 * const key = await importSigningKey(privateKey, { algorithm: 'RS256' })
 * ```
 *
 * @throws {KeyError} `KEY_ENCRYPTED` without a passphrase, `KEY_PASSPHRASE_WRONG` with a wrong one,
 * `KEY_MALFORMED` for an encryption that asks for too much work, and the code of any other fault.
 * @throws {ConfigError} `CONFIG_INVALID` without `pem`, and for a passphrase that is not a string or a Secret.
 */
export async function importEncryptedKey(key: EncryptedKey): Promise<Secret> {
  // Code without types may pass the key itself, or nothing.
  const { pem, passphrase, provider } = (key ?? {}) as Partial<EncryptedKey>
  if (pem === undefined || pem === null)
    throw new ConfigError('`pem` is missing.', { provider, hint: 'Pass `{ pem, passphrase }`.' })
  const given = toBytes(pem) ?? (isSecret(pem) ? revealSecret(pem) : (pem as string))
  const reading = readKey(given, { name: 'pem', provider })
  if (!('code' in reading)) {
    if (reading.form === 'jwk') return new Secret(JSON.stringify(reading.jwk))
    return new Secret(toPem(reading.private ? 'PRIVATE KEY' : 'PUBLIC KEY', reading.der))
  }
  if (!isEncrypted(reading)) throw keyError(reading, provider)
  const opener = isSecret(passphrase) ? revealSecret(passphrase) : (passphrase ?? '')
  if (typeof opener !== 'string')
    throw new ConfigError('`passphrase` is not a string.', { provider, hint: 'Pass a string or a Secret.' })
  if (opener === '') throw keyError(keyFaults.encrypted, provider)
  const opened = await open(reading.encrypted, opener)
  if ('code' in opened) {
    const hint = 'The passphrase ends with a line break. Remove it, such as with `trimEnd()`.'
    const isBroken = opened === encryptionFaults.passphraseWrong && /[\r\n]$/.test(opener)
    throw keyError(isBroken ? { ...opened, hint } : opened, provider)
  }
  return new Secret(toPem('PRIVATE KEY', opened))
}

/** Options of {@link exportEncryptedKey}. */
export interface ExportEncryptedKeyOptions {
  /** Encrypts the key. */
  passphrase: string | Secret
  /** The encoding of the result. Default `pem`. */
  format?: 'pem' | 'der' | undefined
}

/**
 * A private key as encrypted PKCS#8: PBES2 with scrypt and AES-256-CBC. Node's own export derives the key by 2048
 * rounds of PBKDF2, too few today.
 *
 * @example
 * ```ts
 * import { createPrivateKey } from 'node:crypto'
 * import { exportEncryptedKey } from '@countersign/core/node'
 *
 * declare const pem: string
 * const encrypted = await exportEncryptedKey(createPrivateKey(pem), { passphrase: 'correct horse' })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a passphrase that is empty or not a string: nothing would open the key.
 */
export async function exportEncryptedKey(
  key: KeyObject,
  { passphrase, format = 'pem' }: ExportEncryptedKeyOptions,
): Promise<Uint8Array> {
  const closer = isSecret(passphrase) ? revealSecret(passphrase) : passphrase
  if (typeof closer !== 'string' || closer === '')
    throw new ConfigError('`passphrase` is empty or not a string.', { hint: 'Pass a string or a Secret.' })
  const der = await encryptPbes2(key.export({ type: 'pkcs8', format: 'der' }), closer)
  return format === 'der' ? der : new TextEncoder().encode(toPem('ENCRYPTED PRIVATE KEY', der))
}

async function open(
  encrypted: EncryptedReading['encrypted'],
  passphrase: string,
): Promise<Uint8Array<ArrayBuffer> | KeyFault> {
  const { der, legacy } = encrypted
  const decrypted = legacy === undefined ? await decryptPbes2(der, passphrase) : undefined
  if (decrypted === undefined) return openByNode(encrypted, passphrase)
  return 'code' in decrypted ? decrypted : toPkcs8(decrypted)
}

/** With a wrong passphrase the padding is still valid once in 256 times: bytes that are not a key mean a wrong passphrase. */
function toPkcs8(decrypted: Uint8Array): Uint8Array<ArrayBuffer> | KeyFault {
  const key = classifyDer(decrypted)
  if (!('code' in key)) return key.private ? key.der : encryptionFaults.passphraseWrong
  return key === keyFaults.notRsa || key === keyFaults.rsaPss ? key : encryptionFaults.passphraseWrong
}

/** Schemes older than PBES2 run on this thread, so they may cost a few milliseconds only. */
const mostOldRounds = 100_000

/** The old schemes are Node's: PEM with `Proc-Type` (one round of MD5), and PBES1 with its rounds in the file. */
function openByNode(
  { der, legacy }: EncryptedReading['encrypted'],
  passphrase: string,
): Uint8Array<ArrayBuffer> | KeyFault {
  if (legacy === undefined && oldRounds(der) > mostOldRounds) return encryptionFaults.costlyEncryption
  try {
    const key =
      legacy === undefined
        ? createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8', passphrase })
        : createPrivateKey({
            key: toPem(legacy.label, der, `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${legacy.dekInfo}\n\n`),
            passphrase,
          })
    if (key.asymmetricKeyType !== 'rsa') return keyFaults.notRsa
    return Uint8Array.from(key.export({ type: 'pkcs8', format: 'der' }))
  } catch (error) {
    const { code } = error as { code?: unknown }
    return code === 'ERR_OSSL_EVP_UNSUPPORTED'
      ? encryptionFaults.outdatedEncryption
      : encryptionFaults.passphraseWrong
  }
}

/** The rounds of PBES1 and of PKCS#12's schemes (RFC 8018, appendix A.3); 0 where they cannot be read. */
function oldRounds(der: Uint8Array): number {
  const [algorithm] = childrenOf(der)
  const [, parameters] = childrenOf(der, algorithm)
  const [, rounds] = childrenOf(der, parameters)
  return rounds?.tag === derTag.integer ? derNumber(der, rounds) : 0
}
