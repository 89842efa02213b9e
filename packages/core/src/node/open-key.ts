import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { fromBase64, toHex } from '../base/encoding.ts'
import type { Secret } from '../base/secret.ts'
import { inspectKey, type KeyInspection } from '../keys/inspect-key.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import { isEncrypted, type KeyReading, publicJwkOf, readKey } from '../keys/read-key.ts'
import { importEncryptedKey } from './encrypted-key.ts'

/** Options of {@link openKey}. */
export interface OpenKeyOptions {
  /** Opens the key, when it is encrypted. */
  passphrase?: string | Secret | undefined
  /** Picks a key of a JWK Set. */
  keyId?: string | undefined
}

/**
 * A key of any form as Node's KeyObject, private or public, for tools that convert it: it can be exported.
 *
 * @example
 * ```ts
 * import { openKey } from '@countersign/core/node'
 *
 * declare const pem: string
 * const key = await openKey(pem)
 * const der = key.export({ type: 'pkcs8', format: 'der' })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a key that is missing or of a type that is never a key.
 * @throws {KeyError} with the code that names the fault.
 */
export async function openKey(
  key: string | Uint8Array,
  { passphrase, keyId }: OpenKeyOptions = {},
): Promise<KeyObject> {
  const reading = readKey(key, { name: 'key', keyId })
  if (!('code' in reading)) return toKeyObject(reading)
  if (!isEncrypted(reading)) throw keyError(reading)
  const opened = await importEncryptedKey({ pem: key, passphrase })
  return openKey(opened.reveal())
}

/** What can be said about a key that may be encrypted; all but its form only where it can be opened. */
export type EncryptedKeyInspection =
  | (KeyInspection & { encrypted: boolean })
  | (Pick<KeyInspection, 'form' | 'container' | 'type'> & { encrypted: true })

/**
 * Says what a key is, encrypted ones included: everything with the passphrase, the form alone without it.
 *
 * @example
 * ```ts
 * import { inspectEncryptedKey } from '@countersign/core/node'
 *
 * declare const pem: string
 * const { form, encrypted } = await inspectEncryptedKey(pem)
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a key that is missing or of a type that is never a key.
 * @throws {KeyError} with the code that names the fault.
 */
export async function inspectEncryptedKey(
  key: string | Uint8Array,
  { passphrase, keyId }: OpenKeyOptions = {},
): Promise<EncryptedKeyInspection> {
  const reading = readKey(key, { name: 'key', keyId })
  if (!('code' in reading)) return { ...(await inspectKey(key, { keyId })), encrypted: false }
  if (!isEncrypted(reading)) throw keyError(reading)
  const { form, container } = reading.encrypted
  const outside = { form, container, type: 'private', encrypted: true } as const
  if (passphrase === undefined) return outside
  const opened = await importEncryptedKey({ pem: key, passphrase })
  return { ...(await inspectKey(opened.reveal())), ...outside }
}

function toKeyObject(reading: KeyReading): KeyObject {
  const publicKey = createPublicKey({ key: publicJwkOf(reading), format: 'jwk' } as JsonWebKeyInput)
  if (!reading.private) return publicKey
  try {
    const key =
      reading.form === 'jwk'
        ? createPrivateKey({ key: reading.jwk, format: 'jwk' } as JsonWebKeyInput)
        : createPrivateKey({ key: Buffer.from(reading.der), format: 'der', type: 'pkcs8' })
    // Numbers that do not belong together decode all the same; the signatures do not hold.
    const probe = Buffer.of(0)
    if (numbersAgree(key) && verify('sha256', probe, publicKey, sign('sha256', probe, key))) return key
  } catch (error) {
    throw keyError(keyFaults.undecodable, undefined, error)
  }
  throw keyError(keyFaults.undecodable)
}

/**
 * Whether the numbers of a private RSA key agree with one another (RFC 8017, section 3.2). OpenSSL signs with a
 * key whose primes are wrong, by its exponent alone; other programs do not.
 */
function numbersAgree(key: KeyObject): boolean {
  const jwk = key.export({ format: 'jwk' })
  const number = (name: 'n' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi') =>
    BigInt(`0x${toHex(fromBase64(jwk[name] ?? '') ?? new Uint8Array(1))}`)
  const [p, q, d] = [number('p'), number('q'), number('d')]
  return (
    p > 1n &&
    q > 1n &&
    p * q === number('n') &&
    number('dp') === d % (p - 1n) &&
    number('dq') === d % (q - 1n) &&
    (number('qi') * q) % p === 1n
  )
}
