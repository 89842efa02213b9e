import { createCipheriv, type KeyObject, randomBytes, type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { revealSecret, type Secret } from '../base/secret.ts'
import { toPem } from '../keys/base64.ts'
import { derTag, encodeDer } from '../keys/der.ts'

/** Options of {@link exportEncryptedKey}. */
export interface ExportEncryptedKeyOptions {
  passphrase: string | Secret
  /** Default `pem`. */
  format?: 'pem' | 'der'
}

/** 16 MiB for each guess, as much as OpenSSL allows to who opens the key, and that five times. */
const cost = { N: 16_384, r: 8, p: 5 }

const sequence = (...content: Uint8Array[]) => encodeDer(derTag.sequence, ...content)
const octets = (content: Uint8Array) => encodeDer(derTag.octetString, content)
const oid = (hex: string) => encodeDer(derTag.oid, Buffer.from(hex, 'hex'))
/** 1.2.840.113549.1.5.13 */
const pbes2 = oid('2a864886f70d01050d')
/** 1.3.6.1.4.1.11591.4.11 */
const scryptId = oid('2b06010401da47040b')
/** 2.16.840.1.101.3.4.1.42 */
const aes256Cbc = oid('60864801650304012a')

/**
 * A private key as encrypted PKCS#8: PBES2 with scrypt and AES-256-CBC (RFC 8018, appendix A.4; RFC 7914,
 * section 7). Node's own export stretches the passphrase by 2048 rounds of PBKDF2, too few today.
 */
export async function exportEncryptedKey(
  key: KeyObject,
  { passphrase, format = 'pem' }: ExportEncryptedKeyOptions,
): Promise<Uint8Array> {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const derived = await stretch(revealSecret(passphrase), salt, 32, cost)
  const cipher = createCipheriv('aes-256-cbc', derived, iv)
  const sealed = [cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()]
  const numbers = [cost.N, cost.r, cost.p].map((number) => encodeDer(derTag.integer, toInteger(number)))
  const derivation = sequence(scryptId, sequence(octets(salt), ...numbers))
  const encryption = sequence(aes256Cbc, octets(iv))
  const algorithm = sequence(pbes2, sequence(derivation, encryption))
  const der = sequence(algorithm, octets(Buffer.concat(sealed)))
  return format === 'der' ? der : new TextEncoder().encode(toPem('ENCRYPTED PRIVATE KEY', der))
}

const stretch = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt)

/** Two bytes hold every number of {@link cost} but small ones, which DER wants in one. */
function toInteger(number: number): Uint8Array {
  return number < 0x80 ? Uint8Array.of(number) : Uint8Array.of(number >> 8, number & 0xff)
}
