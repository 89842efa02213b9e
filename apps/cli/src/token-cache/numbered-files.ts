import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readBoundedFile, withoutLinks } from '../files.ts'

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
  linkFile?: typeof link | undefined
}

/** Values by name that processes change one after the other. */
export interface NumberedFiles {
  /**
   * Hands the newest value of a name to `change`, which runs again when another process was faster, so it must
   * answer the same to who repeats it. What `change` reads and writes is one atomic step.
   *
   * @throws Error when the folder cannot be read or written.
   */
  update<Answer>(
    name: string,
    change: (newest: NumberedText) => Promise<NumberedChange<Answer>>,
  ): Promise<Answer>
}

/** So often another process may be faster before the folder counts as broken. */
const mostAttempts = 50
/** A file without its end is being written, for so long at most, where there are no hard links. */
const writingMs = 100
const lookMs = 10
/** Larger than every record: tokens have 1 MiB at most. */
const longestBytes = 4 * 1_048_576
/** A file with no name yet that is older was left by a killed process. */
const longestWritingMs = 60_000
/** No token is kept longer than a year and 30 days. */
const longestKeptMs = 400 * 24 * 3_600_000
/** What versions before left: plain tokens, and records and locks without a number. */
const formerNames = /^[\da-f]{64}\.(?:json(?:\..*)?|jwe(?:\..*)?|lock(?:\..*)?)$/

/**
 * Values in a folder without locks: each is a file of its own, whose name has a number. To change a value is to
 * create the next number, which fails for all but one, and which a paused process cannot do later either: it
 * finds the number taken, or a higher one beside its own. So nothing depends on a clock or on a holder's life.
 */
export function createNumberedFiles({
  directory,
  now,
  linkFile = link,
}: NumberedFilesOptions): NumberedFiles {
  let isSwept = false
  const pathOf = (name: string, number: number) => join(directory, `${name}.${number}.jwe`)

  async function numbersOf(name: string): Promise<number[]> {
    const pattern = new RegExp(`^${name}\\.(\\d{1,12})\\.jwe$`)
    return (await namesIn(directory)).flatMap((file) => {
      const [, number] = pattern.exec(file) ?? []
      return number === undefined ? [] : [Number(number)]
    })
  }

  /** The newest value; `undefined` when it was removed just now, because there is a newer one. */
  async function read(name: string): Promise<NumberedText | undefined> {
    const number = Math.max(0, ...(await numbersOf(name)))
    if (number === 0) return { number, text: '' }
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      const bytes = await readBoundedFile(pathOf(name, number), longestBytes).catch(() => Buffer.of())
      if (bytes === undefined) return undefined
      const text = bytes.toString()
      if (text.endsWith('\n') || waitedMs >= writingMs) return { number, text: text.trimEnd() }
      await pause(lookMs)
    }
  }

  /** Creates a file that appears whole; `false` when there is one already. */
  async function create(name: string, number: number, text: string): Promise<boolean> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
    const path = pathOf(name, number)
    const aside = join(directory, `${name}.${randomUUID()}.new`)
    try {
      await writeFile(aside, `${text}\n`, { mode: 0o600, flag: 'wx' })
      await linkFile(aside, path).catch(async (error: NodeJS.ErrnoException) => {
        if (!withoutLinks.has(String(error.code))) throw error
        await writeFile(path, `${text}\n`, { mode: 0o600, flag: 'wx' })
      })
      return true
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      // Without its file aside it was paused for long, or the folder was removed: it looks again.
      if (code === 'EEXIST' || code === 'ENOENT') return false
      throw error
    } finally {
      await rm(aside, { force: true }).catch(() => undefined)
    }
  }

  async function remove(file: string): Promise<void> {
    await rm(file, { force: true }).catch(() => undefined)
  }

  /** Removes what killed processes, earlier versions and forgotten credentials left, once. */
  async function sweep(): Promise<void> {
    if (isSwept) return
    isSwept = true
    const left = (await namesIn(directory)).map(async (file) => {
      const path = join(directory, file)
      if (formerNames.test(file)) return remove(path)
      const limitMs = file.endsWith('.new') ? longestWritingMs : longestKeptMs
      if (!/^[\da-f]{64}\.[\da-f-]+\.(?:new|jwe)$/.test(file)) return
      const { mtimeMs } = await stat(path)
      if (now() - mtimeMs > limitMs) await remove(path)
    })
    await Promise.allSettled(left)
  }

  return {
    async update(name, change) {
      for (let attempt = 0; attempt < mostAttempts; attempt++) {
        const newest = await read(name)
        if (newest === undefined) continue
        const { answer, text, forget = false } = await change(newest)
        if (text === undefined) return answer
        const number = newest.number + 1
        if (!(await create(name, number, text))) continue
        const numbers = await numbersOf(name)
        // Who was paused may have created a number that others had left behind, which changes nothing.
        if (Math.max(...numbers, 0) !== number) continue
        // One before stays: a folder that is read while it changes may show neither the old nor the new file.
        const old = numbers.filter((other) => other < (forget ? number : newest.number))
        await Promise.all(old.map((other) => remove(pathOf(name, other))))
        await sweep()
        return answer
      }
      throw new Error('The token cache does not keep what is written.')
    },
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
