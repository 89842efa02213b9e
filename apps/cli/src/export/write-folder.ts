import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkNamesAreFree, describeUnwritable, mayBeSecret, writeOutput } from '../files.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Writes files below a folder, which is made where it does not exist. What else is in the folder stays.
 *
 * @returns their paths.
 * @throws {UsageError} when the folder has files already, unless `force` is set, or when it cannot be written.
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  { force }: { force: boolean },
): Promise<readonly string[]> {
  const paths = [...files.keys()].map((name) => join(folder, name))
  if (!force) await checkFolderIsEmpty(folder)
  try {
    for (const path of paths) await mkdir(dirname(path), { recursive: true })
  } catch (error) {
    throw new UsageError(describeUnwritable(folder, codeOf(error)))
  }
  await checkNamesAreFree(paths, force)
  for (const [name, content] of files)
    await writeOutput(join(folder, name), content, { secret: false, force })
  return paths
}

async function checkFolderIsEmpty(folder: string): Promise<void> {
  try {
    if ((await readdir(folder)).length === 0) return
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return
    if (code === 'ENOTDIR')
      throw new UsageError(
        `${nameFolder(folder)} is a file, not a folder (ENOTDIR).`,
        'Choose another --output.',
      )
    throw new UsageError(describeUnwritable(folder, code))
  }
  throw new UsageError(
    `${nameFolder(folder)} is not empty, and was not changed.`,
    '--force writes into it and replaces files of the same names.',
  )
}

function nameFolder(folder: string): string {
  return mayBeSecret(folder) ? 'The folder of --output' : folder
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'unknown'
}
