import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Secret } from '../base/secret.ts'
import { publicJwkOf } from '../keys/key-facts.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import { type KeyReading, readKeyText } from '../keys/read-key-text.ts'
import { importEncryptedKey } from './import-encrypted-key.ts'
import { numbersAgree } from './numbers-agree.ts'

/** Options of {@link openKey}. */
export interface OpenKeyOptions {
  /** What opens the key, when it is encrypted. */
  passphrase?: string | Secret | undefined
  /** Picks a key of a JWK Set. */
  keyId?: string | undefined
}

/** A key of any form as Node's KeyObject, private or public, for tools that convert it: it can be exported. */
export async function openKey(
  input: string | Uint8Array,
  { passphrase, keyId }: OpenKeyOptions = {},
): Promise<KeyObject> {
  const reading = readKeyText(input, keyId)
  if (!('code' in reading)) return toKeyObject(reading)
  if (reading !== keyFaults.encrypted) throw keyError(reading)
  const opened = await importEncryptedKey({ pem: input, passphrase })
  return openKey(opened.reveal())
}

function toKeyObject(reading: KeyReading): KeyObject {
  const publicKey = createPublicKey({ key: publicJwkOf(reading), format: 'jwk' } as JsonWebKeyInput)
  if (!reading.private) return publicKey
  try {
    const key =
      reading.form === 'jwk'
        ? createPrivateKey({ key: reading.jwk, format: 'jwk' } as JsonWebKeyInput)
        : createPrivateKey({ key: Buffer.from(reading.der), format: 'der', type: 'pkcs8' })
    // Numbers that do not belong together decode all the same; what they sign does not hold.
    const probe = Buffer.of(0)
    if (numbersAgree(key) && verify('sha256', probe, publicKey, sign('sha256', probe, key))) return key
  } catch (error) {
    throw keyError(keyFaults.undecodable, undefined, error)
  }
  throw keyError(keyFaults.undecodable)
}
