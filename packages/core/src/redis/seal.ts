import { CompactEncrypt, compactDecrypt } from 'jose'
import { sha256 } from '#sha256'
import { fromBase64, toBase64Url, toBytes } from '../base/encoding.ts'
import { subtleCrypto } from '../crypto/subtle.ts'
import { ConfigError } from '../errors/config-error.ts'

/** What a sealed value belongs to. It opens there only. */
export interface SealContext {
  /** What kind of value it is. */
  kind: 'record' | 'refusal'
  /** The name of the token, without the prefix. */
  name: string
  epoch: string
  generation: number
}

/** Seals values for a place that others can read. */
export interface Sealer {
  seal(value: unknown, context: SealContext): Promise<string>
  /** The value, or `undefined` for what was sealed by an unknown key, for another context, or not by us. */
  open(sealed: string, context: SealContext): Promise<unknown>
}

/** Of what is sealed; another version is not read. */
const version = 1
/** Sealed values have a length that is a multiple of this before encryption, so that it reveals less. */
const paddedTo = 256
const keyBytes = 32

interface NamedKey {
  kid: string
  key: CryptoKey
}

/** A compact JWE (RFC 7516) by `dir` and A256GCM. The first key seals, all open. */
export function createSealer(keys: readonly Uint8Array<ArrayBuffer>[]): Sealer {
  let imported: Promise<NamedKey[]> | undefined
  const named = () => {
    imported ??= Promise.all(keys.map(nameKey)).catch((error: unknown) => {
      imported = undefined
      throw error
    })
    return imported
  }
  return {
    async seal(value, context) {
      const [first] = await named()
      const { kid, key } = first as NamedKey
      const text = JSON.stringify(value)
      const padded = text.padEnd(Math.ceil(text.length / paddedTo) * paddedTo)
      return new CompactEncrypt(new TextEncoder().encode(padded))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid, v: version, ...context })
        .encrypt(key)
    },
    async open(sealed, context) {
      const known = await named()
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(
          sealed,
          ({ kid }) => {
            const found = known.find((key) => key.kid === kid)
            if (found === undefined) throw new Error('unknown key')
            return found.key
          },
          { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
        )
        const expected: Record<string, unknown> = { v: version, ...context }
        if (Object.keys(expected).some((member) => protectedHeader[member] !== expected[member]))
          return undefined
        return JSON.parse(new TextDecoder().decode(plaintext))
      } catch {
        return undefined
      }
    },
  }
}

/** The name of a key is a hash, so that it says which key sealed and nothing of the key. */
async function nameKey(bytes: Uint8Array<ArrayBuffer>): Promise<NamedKey> {
  const label = new TextEncoder().encode('countersign/redis/kid/')
  const kid = toBase64Url(await sha256(Uint8Array.of(...label, ...bytes))).slice(0, 16)
  const key = await subtleCrypto().importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { kid, key }
}

/**
 * The keys of the options, 32 bytes each.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when there are none, or when one is not 32 bytes or Base64 of them.
 */
export function parseEncryptionKeys(list: unknown, single: unknown): Uint8Array<ArrayBuffer>[] {
  if (list !== undefined && single !== undefined) {
    throw new ConfigError('`encryptionKey` and `encryptionKeys` exclude each other.', {
      hint: 'Pass one key as `encryptionKey`, or several as `encryptionKeys`.',
    })
  }
  const option = list === undefined ? 'encryptionKey' : 'encryptionKeys'
  const given = list ?? (single === undefined ? [] : [single])
  if (!Array.isArray(given) || given.length === 0) {
    throw new ConfigError('`encryptionKeys` is missing: tokens are stored sealed only.', {
      hint: 'Create a key with `openssl rand -base64 32` and pass it to every process.',
    })
  }
  return given.map((key: unknown, index) => {
    const bytes = typeof key === 'string' ? fromBase64(key) : toBytes(key)
    if (bytes?.length === keyBytes) return bytes.slice()
    const place = option === 'encryptionKey' ? '`encryptionKey`' : `\`encryptionKeys[${index}]\``
    throw new ConfigError(`${place} must be 32 bytes, or Base64 of 32 bytes.`, {
      hint: 'Create a key with `openssl rand -base64 32`.',
    })
  })
}
