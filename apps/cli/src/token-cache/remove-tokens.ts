import { setTimeout } from 'node:timers/promises'
import { type CoordinatedTokenStore, RequestError, type TokenRecord } from '@countersign/core'
import type { Io } from '../io.ts'
import { openProvider } from '../open-provider.ts'
import type { Flags } from '../provider-options.ts'
import { shownPath } from '../shell-quote.ts'
import { storeVariable } from '../token-store/address.ts'
import { createSharedStore } from '../token-store/open-token-store.ts'
import { UsageError } from '../usage-error.ts'
import { cacheFix } from './cache-fix.ts'
import { cacheDirectory } from './disk-token-store.ts'
import { removeNumberedFiles } from './numbered-files.ts'
import { createTokenCache } from './token-cache.ts'

/** Where commands keep tokens: the cache on disk, or the store that processes share. */
export type TokenPlace = 'disk' | 'token-store'

/** A token that is gone, as `--json` shows it. */
export interface RemovedToken {
  place: TokenPlace
  /** Epoch milliseconds. */
  expiresAt: number
  /** Whether a refresh token is gone with it. */
  refreshToken: boolean
}

/** Removes tokens from every place where this command line would keep them. */
export interface TokenRemover {
  /** Those places; none is a reason to look for nothing. */
  readonly places: readonly TokenPlace[]
  /**
   * Removes the token of one identity, its refresh token too. Resolves with what was there.
   *
   * @throws {UsageError} for a cache that cannot be changed, and {@link RequestError} for a store that does not answer.
   */
  remove(provider: string, flags: Flags): Promise<RemovedToken[]>
  close(): Promise<void>
}

/** How long a shared store may take to remove a token, milliseconds. */
const longestRemovalMs = 5_000

/** How tokens are removed. */
export interface TokenRemoverOptions {
  /** Returns an `io` whose stdin can be read. */
  io: () => Io
  /** Called with the profile that is used. */
  talk: (text: string) => void
  /** Whether tokens on disk are removed one by one. */
  onDisk: boolean
}

/** Creates a {@link TokenRemover}; the store is the one that the flag or the variable names, if any. */
export function createTokenRemover(
  storeFlag: string | undefined,
  { io, talk, onDisk }: TokenRemoverOptions,
): TokenRemover {
  const places: TokenPlace[] = onDisk ? ['disk'] : []
  if ((storeFlag ?? io().env[storeVariable] ?? '') !== '') places.push('token-store')
  let trouble: string | undefined
  const shared = createSharedStore(storeFlag, io(), (notice) => {
    trouble = notice.event === 'store.unreachable' ? notice.message : undefined
  })

  async function removeFrom(place: TokenPlace, provider: string, flags: Flags): Promise<RemovedToken[]> {
    const deletions: Promise<TokenRecord | undefined>[] = []
    const watched = (store: CoordinatedTokenStore) => watchDeletions(store, deletions)
    const cache = createTokenCache(io())
    const { auth } = await openProvider(provider, flags, io(), {
      talk,
      ...(place === 'disk'
        ? { tokenCache: (secret) => watched(cache(secret)) }
        : {
            sharedStore: {
              async open() {
                const opened = await shared.open()
                return opened && { ...opened, tokenStore: watched(opened.tokenStore) }
              },
            },
          }),
    })
    await auth.invalidate()
    const late = setTimeout(longestRemovalMs, undefined, { ref: false }).then(() => Promise.reject(tooLate))
    try {
      const records = await Promise.race([Promise.all(deletions), late])
      return records.flatMap((record) => (record === undefined ? [] : [toRemoved(place, record)]))
    } catch (error) {
      if (place === 'disk') throw await toUsageError(error, io().env)
      throw new RequestError(
        error === tooLate ? 'TIMEOUT' : 'NETWORK',
        `The token is not removed from the token store. ${trouble ?? 'The token store does not answer.'}`,
        { provider },
      )
    }
  }

  return {
    places,
    async remove(provider, flags) {
      const removed: RemovedToken[] = []
      for (const place of places) removed.push(...(await removeFrom(place, provider, flags)))
      return removed
    },
    close: shared.close,
  }
}

const tooLate = {}

/** The same store, which notes what each deletion removes. */
function watchDeletions(
  store: CoordinatedTokenStore,
  deletions: Promise<TokenRecord | undefined>[],
): CoordinatedTokenStore {
  async function remove(key: string): Promise<TokenRecord | undefined> {
    const record = (await store.get(key)) ?? undefined
    await store.delete(key)
    return record
  }
  return {
    ...store,
    async delete(key) {
      const removal = remove(key)
      deletions.push(removal)
      await removal
    },
  }
}

function toRemoved(place: TokenPlace, { expiresAt, refreshToken }: TokenRecord): RemovedToken {
  return { place, expiresAt, refreshToken: refreshToken !== undefined }
}

/**
 * Removes every token on disk, those of credentials that are not set up any more too. Returns how many files are gone.
 *
 * @throws {UsageError} when the cache cannot be changed.
 */
export async function removeAllTokens({ env }: Io): Promise<number> {
  try {
    return removeNumberedFiles(cacheDirectory(env))
  } catch (error) {
    throw await toUsageError(error, env)
  }
}

async function toUsageError(error: unknown, env: Io['env']): Promise<UsageError> {
  const { code = 'unknown' } = error as { code?: string }
  const shown = shownPath(cacheDirectory(env), env)
  return new UsageError(
    `The token cache, ${shown}, cannot be changed (${code}): tokens may still be there.`,
    `Fix: ${await cacheFix(env)}`,
  )
}
