import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { withoutLinks } from '../files.ts'

/** A value as it is kept. */
export interface NumberedText {
  /** 0 before the first value, then one more for each. */
  number: number
  /** Empty when the file cannot be read. */
  text: string
}

/** What becomes of a value: without `text` it stays. */
export interface NumberedChange<Answer> {
  answer: Answer
  text?: string | undefined
  /** Removes every earlier value at once. */
  forget?: boolean | undefined
}

/** Options of {@link createNumberedFiles}. */
export interface NumberedFilesOptions {
  /** The folder, which is made when the first value is kept. */
  directory: string
  /** Epoch milliseconds; only files that nobody can need any more are judged by it. */
  now: () => number
  /** Replaces the `link` of the file system. */
  linkFile?: typeof linkSync | undefined
}

/** Values by name that processes change one after the other. */
export interface NumberedFiles {
  /** Makes the folder and removes what is not needed any more, ahead of the first use, which has less time. */
  prepare(): void
  /**
   * Hands the newest value of a name to `change`, which runs again when another process was faster, so it must
   * answer the same to who repeats it. What `change` reads and writes is one atomic step.
   *
   * @throws Error when the folder cannot be read or written.
   */
  update<Answer>(
    name: string,
    change: (newest: NumberedText) => NumberedChange<Answer> | Promise<NumberedChange<Answer>>,
  ): Promise<Answer>
}

/** So often another process may be faster before the folder counts as broken. */
const mostAttempts = 50
/** A file without its end is being written, for so long at most, where there are no hard links. */
const writingMs = 40
const lookMs = 10
/** Larger than every record: tokens have 1 MiB at most. */
const longestBytes = 4 * 1_048_576
/** A file with no name yet that is older was left by a killed process. */
const longestWritingMs = 60_000
/** No token is kept longer than a year and 30 days. */
const longestKeptMs = 400 * 24 * 3_600_000
const ownNames = /^[\da-f]{64}\.[\da-f-]+\.(?:new|jwe)$/
/** What versions before left: plain tokens, and records and locks without a number. */
const formerNames = /^[\da-f]{64}\.(?:json(?:\..*)?|jwe(?:\..*)?|lock(?:\..*)?)$/

/**
 * Values in a folder without locks: each is a file of its own, whose name has a number. To change a value is to
 * create the next number, which fails for all but one, and which a paused process cannot do later either: it
 * finds the number taken, or a higher one beside its own. So nothing depends on a clock or on a holder's life.
 *
 * Files are read and written synchronously: an operation of the store has 250 ms, and on a busy computer each of
 * its twenty calls would wait for a turn. They take a millisecond together, once per life of a token.
 */
export function createNumberedFiles({
  directory,
  now,
  linkFile = linkSync,
}: NumberedFilesOptions): NumberedFiles {
  let isMade = false
  const pathOf = (name: string, number: number) => join(directory, `${name}.${number}.jwe`)

  function numbersOf(name: string): number[] {
    const pattern = new RegExp(`^${name}\\.(\\d{1,12})\\.jwe$`)
    return namesIn(directory).flatMap((file) => {
      const [, number] = pattern.exec(file) ?? []
      return number === undefined ? [] : [Number(number)]
    })
  }

  /** The newest value; `undefined` when it was removed just now, because there is a newer one. */
  async function read(name: string): Promise<NumberedText | undefined> {
    const number = Math.max(0, ...numbersOf(name))
    if (number === 0) return { number, text: '' }
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      const text = readText(pathOf(name, number))
      if (text === undefined) return undefined
      if (text.endsWith('\n') || waitedMs >= writingMs) return { number, text: text.trimEnd() }
      await pause(lookMs)
    }
  }

  /** Creates a file that appears whole; `false` when there is one already. */
  function create(name: string, number: number, text: string): boolean {
    const path = pathOf(name, number)
    const aside = join(directory, `${name}.${randomUUID()}.new`)
    const written = { mode: 0o600, flag: 'wx' }
    makeFolder()
    try {
      writeFileSync(aside, `${text}\n`, written)
      try {
        linkFile(aside, path)
      } catch (error) {
        if (!withoutLinks.has(codeOf(error))) throw error
        writeFileSync(path, `${text}\n`, written)
      }
      return true
    } catch (error) {
      // Without its file aside it was paused for long, or the folder was removed: it looks again.
      if (codeOf(error) === 'ENOENT') isMade = false
      else if (codeOf(error) !== 'EEXIST') throw error
      return false
    } finally {
      remove(aside)
    }
  }

  function makeFolder(): void {
    if (isMade) return
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    chmodSync(directory, 0o700)
    isMade = true
  }

  /** Removes what killed processes, earlier versions and forgotten credentials left. */
  function sweep(): void {
    for (const file of namesIn(directory)) {
      const path = join(directory, file)
      if (formerNames.test(file)) remove(path)
      else if (ownNames.test(file)) {
        const limitMs = file.endsWith('.new') ? longestWritingMs : longestKeptMs
        const { mtimeMs = now() } = statSync(path, { throwIfNoEntry: false }) ?? {}
        if (now() - mtimeMs > limitMs) remove(path)
      }
    }
  }

  return {
    prepare() {
      try {
        makeFolder()
        sweep()
      } catch {
        // A folder that cannot be used is reported by the first use.
      }
    },
    async update(name, change) {
      for (let attempt = 0; attempt < mostAttempts; attempt++) {
        const newest = await read(name)
        if (newest === undefined) continue
        const { answer, text, forget = false } = await change(newest)
        if (text === undefined) return answer
        const number = newest.number + 1
        if (!create(name, number, text)) continue
        const numbers = numbersOf(name)
        // Who was paused may have created a number that others had left behind, which changes nothing.
        if (Math.max(...numbers, 0) !== number) continue
        // One before stays: a folder that is read while it changes may show neither the old nor the new file.
        for (const other of numbers)
          if (other < (forget ? number : newest.number)) remove(pathOf(name, other))
        return answer
      }
      throw new Error('The token cache does not keep what is written.')
    },
  }
}

/**
 * The text of a file, `undefined` when there is not one, and empty when it cannot be read, is too large, or is
 * a link, a pipe or a folder.
 */
function readText(path: string): string | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  let file: number | undefined
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const found = fstatSync(file)
    return found.isFile() && found.size <= longestBytes ? readFileSync(file, 'utf8') : ''
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : ''
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Removes every value, those of credentials that nobody knows any more too. Returns how many files are gone.
 *
 * @throws Error when the folder cannot be read or written.
 */
export function removeNumberedFiles(directory: string): number {
  const files = namesIn(directory).filter((file) => ownNames.test(file) || formerNames.test(file))
  for (const file of files) rmSync(join(directory, file), { force: true })
  return files.length
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone, or stays without being read.
  }
}

/** Whether a folder does not exist; one above it may be a file. */
function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
