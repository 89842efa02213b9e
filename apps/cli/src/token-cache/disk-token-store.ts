import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { TokenRecord, TokenStore } from '@countersign/core'
import { homeFolder } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { lockFile } from '../lock-file.ts'

/** Where tokens are kept between commands: `countersign` in XDG_CACHE_HOME, if that is absolute, else in `~/.cache`. */
export function cacheDirectory(env: Io['env']): string {
  const { XDG_CACHE_HOME: cache } = env
  return join(
    cache !== undefined && isAbsolute(cache) ? cache : join(homeFolder(env), '.cache'),
    'countersign',
  )
}

/** Options of {@link createDiskTokenStore}. */
export interface DiskTokenStoreOptions {
  directory: string
  /** What the files are sealed with: the secret of the credential that the tokens belong to. */
  secret: Uint8Array
  now: () => number
  /** Told when another process is getting the same token. */
  onWait?: (() => void) | undefined
}

/**
 * A {@link TokenStore} of sealed files that their owner alone can read. Keys are hashes already: a file's
 * name does not show whose token it holds. A file that cannot be opened is as good as none.
 */
export function createDiskTokenStore({
  directory,
  secret,
  now,
  onWait,
}: DiskTokenStoreOptions): Required<TokenStore> {
  const seal = createTokenSeal(secret)
  const fileOf = (key: string) => join(directory, `${key}.jwe`)
  async function openDirectory(): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
  }
  return {
    async get(key) {
      await removePlainFiles(directory)
      try {
        const stored = JSON.parse(await seal.open(await readFile(fileOf(key), 'utf8'))) as StoredToken
        // A file under another's name would pass one credential's token off as that of another.
        if (stored.key === key && now() < stored.until) return stored.token
        await rm(fileOf(key), { force: true })
        return undefined
      } catch {
        return undefined
      }
    },
    async set(key, token, { ttlMs }) {
      await openDirectory()
      const stored: StoredToken = { key, until: now() + ttlMs, token }
      const sealed = await seal.close(JSON.stringify(stored))
      // Written aside and moved: who reads meanwhile sees the old token or the new one, whole.
      const aside = `${fileOf(key)}.${randomUUID()}`
      try {
        await writeFile(aside, sealed, { mode: 0o600, flag: 'wx' })
        await rename(aside, fileOf(key))
      } catch (error) {
        await rm(aside, { force: true })
        throw error
      }
    },
    delete: (key) => rm(fileOf(key), { force: true }),
    async lock(key, { ttlMs }) {
      await openDirectory()
      return lockFile(join(directory, `${key}.lock`), { ttlMs, now, onWait })
    },
  }
}

/** Removes what versions before the seal left: tokens that anyone could read who had the file. */
async function removePlainFiles(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  const plain = names.filter((name) => /^[\da-f]{64}\.json(?:\.|$)/.test(name))
  await Promise.allSettled(plain.map((name) => rm(join(directory, name), { force: true })))
}

interface StoredToken {
  /** The key that the record was stored under. */
  key: string
  /** Epoch milliseconds after which the record is no longer kept. */
  until: number
  token: TokenRecord
}

/** What the key is derived with (HKDF, RFC 5869); a change makes every kept token unreadable. */
const salt = 'countersign/token-cache'
const info = 'countersign/token-cache/v1/A256GCM'

/** Closes text so that the same secret alone opens it. */
export interface TokenSeal {
  /** A compact JWE (RFC 7516) by `dir` and A256GCM. */
  close(text: string): Promise<string>
  /** Throws for what this secret did not close. */
  open(sealed: string): Promise<string>
}

/**
 * A seal whose key is derived from a credential by HKDF-SHA-256: someone who finds a sealed token needs the
 * credential itself to read it, and has no use for it then.
 */
export function createTokenSeal(secret: Uint8Array): TokenSeal {
  let derived: Promise<Uint8Array> | undefined
  const key = () => {
    derived ??= deriveKey(secret)
    return derived
  }
  return {
    async close(text) {
      const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
      const sealing = new CompactEncrypt(new TextEncoder().encode(text))
      return sealing.setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(await key())
    },
    async open(sealed) {
      const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
      const { plaintext } = await compactDecrypt(sealed, await key(), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return new TextDecoder().decode(plaintext)
    },
  }
}

async function deriveKey(secret: Uint8Array): Promise<Uint8Array> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const material = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveBits'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: bytes(salt), info: bytes(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(how, material, 256))
}
