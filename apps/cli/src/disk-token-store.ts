import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { TokenRecord, TokenStore } from '@countersign/core'
import type { Io } from './io.ts'

/** Where tokens are kept between commands: `countersign` in XDG_CACHE_HOME, if that is absolute, else in `~/.cache`. */
export function cacheDirectory(env: Io['env']): string {
  const { XDG_CACHE_HOME: cache, HOME: home = homedir() } = env
  return join(cache !== undefined && isAbsolute(cache) ? cache : join(home, '.cache'), 'countersign')
}

/**
 * A {@link TokenStore} of files that their owner alone can read. Keys are hashes already: a file's name
 * tells nothing about whose token it holds.
 */
export function createDiskTokenStore(directory: string, now: () => number): TokenStore {
  const fileOf = (key: string) => join(directory, `${key}.json`)
  return {
    async get(key) {
      try {
        const { until, token } = JSON.parse(await readFile(fileOf(key), 'utf8')) as StoredToken
        if (now() < until) return token
        await rm(fileOf(key), { force: true })
        return undefined
      } catch {
        return undefined
      }
    },
    async set(key, token, { ttlMs }) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await chmod(directory, 0o700)
      const stored: StoredToken = { until: now() + ttlMs, token }
      // Written aside and moved: who reads meanwhile sees the old token or the new one, whole.
      const aside = `${fileOf(key)}.${randomUUID()}`
      await writeFile(aside, JSON.stringify(stored), { mode: 0o600, flag: 'wx' })
      await rename(aside, fileOf(key)).catch(async (error: unknown) => {
        await rm(aside, { force: true })
        throw error
      })
    },
    delete: (key) => rm(fileOf(key), { force: true }),
  }
}

interface StoredToken {
  /** Epoch milliseconds after which the record is no longer kept. */
  until: number
  token: TokenRecord
}
