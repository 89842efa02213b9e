import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder, readBoundedFile, writeOutput } from '../files.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { configDirectory, withLock } from './config-directory.ts'

/** A profile file that the user trusts: this path with this content. */
interface TrustedFile {
  path: string
  /** SHA-256 of the content, of where its paths lead that leave the folder, and of programs in it, in hexadecimal. */
  sha256: string
}

/** What trust is about. */
interface TrustSubject {
  path: string
  text: string
  /** Where the paths lead that leave the folder, and programs in it: they may change while the content stays the same. */
  targets: readonly string[]
}

const longestFile = 1024 * 1024

/** Whether the user trusts the file at this path with this content. */
export async function isTrusted(subject: TrustSubject, env: Io['env']): Promise<boolean> {
  const wanted = await describeFile(subject)
  const files = await readTrustedFiles(env)
  return files.some((file) => file.path === wanted.path && file.sha256 === wanted.sha256)
}

/** Trusts the file at this path with this content, until it changes. */
export async function trustFile(subject: TrustSubject, io: Io): Promise<void> {
  const trusted = await describeFile(subject)
  await changeTrustedFiles((files) => [...files.filter((file) => file.path !== trusted.path), trusted], io)
}

/** Ends the trust in the file at this path. Resolves with whether it was trusted, with any content. */
export async function untrustFile(path: string, io: Io): Promise<boolean> {
  const place = await canonicalPath(path)
  let found = false
  await changeTrustedFiles((files) => {
    found = files.some((file) => file.path === place)
    return files.filter((file) => file.path !== place)
  }, io)
  return found
}

async function describeFile({ path, text, targets }: TrustSubject): Promise<TrustedFile> {
  const hash = createHash('sha256').update(text)
  for (const target of targets) hash.update(`\0${target}`)
  return { path: await canonicalPath(path), sha256: hash.digest('hex') }
}

/** The folder is resolved and the file is not: paths in a profile count from the folder of its file. */
async function canonicalPath(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path))
}

function trustPath(env: Io['env']): string {
  return join(configDirectory(env), 'trusted.json')
}

async function readTrustedFiles(env: Io['env']): Promise<readonly TrustedFile[]> {
  const path = trustPath(env)
  const content = await readBoundedFile(path, longestFile)
  if (content === undefined) return []
  try {
    const { files } = JSON.parse(content.toString('utf8')) as { files: readonly Partial<TrustedFile>[] }
    return files.map(({ path: file, sha256 }) => ({ path: String(file), sha256: String(sha256) }))
  } catch {
    throw new UsageError(
      `${path} is damaged.`,
      'Delete it, and trust the files again: countersign profiles trust',
    )
  }
}

async function changeTrustedFiles(
  change: (files: readonly TrustedFile[]) => readonly TrustedFile[],
  io: Io,
): Promise<void> {
  const path = trustPath(io.env)
  await makeFolder(dirname(path))
  await withLock(path, io, async () => {
    const files = change(await readTrustedFiles(io.env))
    await writeOutput(path, `${JSON.stringify({ files }, undefined, 2)}\n`, { secret: true, force: true })
  })
}
