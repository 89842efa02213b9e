import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { UsageError } from '../usage-error.ts'

/** The files of the built page, by their path below it, such as `assets/index.js`. */
export type PageFiles = ReadonlyMap<string, Uint8Array>

/**
 * Reads the built page: it stands beside the command, or within the executable.
 *
 * @throws {UsageError} when it was not built.
 */
export async function readPageFiles(script: string): Promise<PageFiles> {
  const within = readAssets()
  if (within !== undefined) return within
  const folder = script.endsWith('.ts')
    ? join(dirname(script), '../../playground/dist')
    : join(dirname(script), 'playground')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  const files = await Promise.all(
    paths.map(async (path) => [path.replaceAll(sep, '/'), await readFile(join(folder, path))] as const),
  )
  if (!paths.includes('index.html'))
    throw new UsageError('the page is not built here. In a clone of the repository `pnpm build` builds it.')
  return new Map(files)
}

const prefix = 'playground/'

/** The page in a single executable; `undefined` where the command is none. */
function readAssets(): PageFiles | undefined {
  const sea = process.getBuiltinModule('node:sea')
  if (sea?.isSea() !== true) return undefined
  const names = sea.getAssetKeys().filter((name) => name.startsWith(prefix))
  return new Map(names.map((name) => [name.slice(prefix.length), new Uint8Array(sea.getRawAsset(name))]))
}
