import { isAbsolute, join } from 'node:path'
import type { CoordinatedTokenStore } from '@countersign/core'
import { createCoordinatedStore, type TokenHistory } from '@countersign/core/provider'
import { homeFolder } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { hasEnded, ownIdentity, type ProcessIdentity, parseIdentity } from '../process-identity.ts'
import { createNumberedFiles, type NumberedFilesOptions } from './numbered-files.ts'
import { createTokenSeal } from './token-seal.ts'

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
  /** Replaces the `link` of the file system. */
  linkFile?: NumberedFilesOptions['linkFile']
}

/**
 * A {@link CoordinatedTokenStore} of sealed files that their owner alone can read. Keys are hashes already: a
 * file's name does not show whose token it holds. A file that cannot be opened is as good as none, and what
 * follows it is a new history: a refresh token from before is not presented.
 */
export function createDiskTokenStore({
  directory,
  secret,
  now,
  linkFile,
}: DiskTokenStoreOptions): CoordinatedTokenStore & { prepare(): void } {
  const seal = createTokenSeal(secret)
  const files = createNumberedFiles({ directory, now, linkFile })
  const own = ownIdentity()

  function open(text: string, place: Place): StoredHistory {
    try {
      const stored = JSON.parse(seal.open(text)) as StoredHistory & Place
      // A file under another's name would pass an older token, or one of another credential, off as this one.
      if (stored.key === place.key && stored.number === place.number) return stored
    } catch {
      // It counts as missing.
    }
    return {}
  }

  const store = createCoordinatedStore({
    now,
    update: (key, step) =>
      files.update(key, ({ number, text }) => {
        const before = withoutDeadLease(open(text, { key, number }))
        const { answer, history } = step(before)
        if (history === before) return { answer }
        // Only the holder of a lease changes a history and leaves the lease in it.
        const next: StoredHistory & Place = { key, number: number + 1, history, holder: own }
        return { answer, text: seal.close(JSON.stringify(next)), forget: history === undefined }
      }),
  })
  return { ...store, prepare: files.prepare }
}

/** A process that has ended will not publish: nobody waits for it. */
function withoutDeadLease({ history, holder }: StoredHistory): TokenHistory | undefined {
  const identity = parseIdentity(holder)
  if (history?.lease === undefined || identity === undefined || !hasEnded(identity)) return history
  return { ...history, lease: undefined }
}

/** What a record belongs to. It opens there only. */
interface Place {
  key: string
  number: number
}

interface StoredHistory {
  /** Missing after it was deleted. */
  history?: TokenHistory | undefined
  /** The process that has the lease. */
  holder?: ProcessIdentity | undefined
}
