import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { escapeHiddenCharacters, redact } from '@countersign/core/provider'
import { toCommandMessage } from '../in-command-words.ts'
import type { Io } from '../io.ts'
import type { Reload, Rereadable } from './reload.ts'

/** A line of the log about what was read again. */
export interface ReloadEntry {
  event: `${Followed['kind']}.${Reload['outcome']}`
  provider?: string
  /** Where several are served. */
  mount?: string
  /** Why what was read cannot be used. */
  code?: string
  message?: string
}

/** What is read from files and can be read again. */
export interface Followed extends Rereadable {
  kind: 'credentials' | 'secret' | 'store-secrets'
  /** Whose they are, for the log. */
  of: Pick<ReloadEntry, 'provider' | 'mount'>
}

/** Network file systems and changed links further up a path give no notice. */
const checkEveryMs = 5_000

/**
 * Follows the files that credentials came from, and reads all of them again on SIGHUP, until the function
 * returned is called.
 */
export function followFiles(
  followed: readonly Followed[],
  { onReload }: Pick<Io, 'onReload'>,
  report: (entry: ReloadEntry) => void,
): () => void {
  const reported = new Map<Followed, string>()
  const watchers = new Map<string, FSWatcher>()
  let checking = false
  let again = false

  async function reload(one: Followed, asked: boolean): Promise<void> {
    const reload = await one.reload({ onlyChanged: !asked })
    const entry = await toEntry(one, reload)
    const { outcome } = reload
    const failure = outcome === 'kept' ? JSON.stringify(entry) : ''
    // A fault that lasts is found by every check, and is reported once.
    const isKnown = outcome === 'unchanged' || (outcome === 'kept' && failure === reported.get(one))
    if (outcome !== 'unchanged' || asked) reported.set(one, failure)
    if (asked || !isKnown) report(entry)
  }

  async function check(asked: boolean): Promise<void> {
    await Promise.all(followed.map((one) => reload(one, asked)))
    watchFolders()
  }

  /** At most one check runs and one waits, however many changes are noticed. */
  async function onChange(): Promise<void> {
    again = true
    if (checking) return
    checking = true
    while (again) {
      again = false
      await check(false)
    }
    checking = false
  }

  /** Folders, not files: a rename and the swap of a link (Kubernetes' `..data`) change a folder. */
  function watchFolders(): void {
    const wanted = new Set(followed.flatMap(({ files }) => files().map((path) => dirname(path))))
    for (const [folder, watcher] of watchers) {
      if (wanted.has(folder)) continue
      watcher.close()
      watchers.delete(folder)
    }
    for (const folder of wanted) {
      if (watchers.has(folder)) continue
      try {
        const watcher = watch(folder, { persistent: false }, () => void onChange())
        watcher.on('error', () => {
          watcher.close()
          watchers.delete(folder)
        })
        watchers.set(folder, watcher)
      } catch {
        // The file system cannot be watched, or the folder is gone: the timer notices changes.
      }
    }
  }

  watchFolders()
  const timer = setInterval(() => void onChange(), checkEveryMs)
  timer.unref()
  const forget = onReload?.(() => void check(true))
  return () => {
    clearInterval(timer)
    forget?.()
    for (const watcher of watchers.values()) watcher.close()
  }
}

async function toEntry({ kind, of }: Followed, reload: Reload): Promise<ReloadEntry> {
  const event: ReloadEntry['event'] = `${kind}.${reload.outcome}`
  if (reload.outcome !== 'kept') return { event, ...of }
  const { error } = reload
  const { code = 'UNEXPECTED' } = error as { code?: string }
  const message = redact(escapeHiddenCharacters(await toCommandMessage(error)))
  return { event, ...of, code, message }
}
