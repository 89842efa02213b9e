import type { JWK } from 'jose'
import type { PublicKeyInput } from './import-public-key.ts'
import { keyError, keyFaults } from './key-fault.ts'
import { hasSharedKeyId } from './read-jwk.ts'
import { repairText } from './read-pem.ts'

const largest = 65_536

/**
 * The key of a JWK Set that a token names by its `kid`, or the only one when it names none; `undefined` when
 * that is none or more than one. Every other input is returned as it is.
 *
 * @throws {KeyError} `KEY_MALFORMED` when two keys of the set share a `kid`.
 */
export function pickKey(input: PublicKeyInput, keyId: unknown): PublicKeyInput | undefined {
  const keys = keysOf(input)
  if (keys === undefined) return input
  if (hasSharedKeyId(keys)) throw keyError(keyFaults.sharedKeyId)
  const [picked, ...others] = keyId === undefined ? keys : keys.filter(({ kid }) => kid === keyId)
  return others.length === 0 ? picked : undefined
}

/** The members of a JWK Set, as an object, text or bytes. */
function keysOf(input: unknown): JWK[] | undefined {
  const value = input instanceof Uint8Array || typeof input === 'string' ? parse(input) : input
  const { keys } = (value ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys)) return undefined
  return keys.filter((key): key is JWK => typeof key === 'object' && key !== null)
}

function parse(input: string | Uint8Array): unknown {
  if (input.length > largest) return undefined
  const text = repairText(typeof input === 'string' ? input : new TextDecoder().decode(input))
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
