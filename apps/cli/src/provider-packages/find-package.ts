import { dirname, isAbsolute, join } from 'node:path'
import { resolveExports } from 'resolve-pkg-maps'
import { readBoundedFile } from '../files.ts'
import { expandHome } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { configDirectory } from '../profiles/config-directory.ts'
import { shellQuote, shownPath } from '../shell-quote.ts'
import { UsageError } from '../usage-error.ts'
import type { FoundPackage } from './found-package.ts'
import { readSpecifiers } from './specifiers.ts'

/** A configured package, found or not. */
export type ConfiguredPackage = FoundPackage | { specifier: string; error: UsageError }

/**
 * The provider packages of the user's own configuration, in its order, and where each is. Nothing of them is run.
 *
 * @throws {UsageError} when the configuration cannot be read.
 */
export async function findProviderPackages(io: Io): Promise<readonly ConfiguredPackage[]> {
  const specifiers = await readSpecifiers(io)
  return Promise.all(
    specifiers.map(async (specifier) => {
      try {
        return await findPackage(specifier, io)
      } catch (error) {
        if (error instanceof UsageError) return { specifier, error }
        throw error
      }
    }),
  )
}

/** https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const packageName = /^(?:@[a-z\d~-][a-z\d._~-]*\/)?[a-z\d~-][a-z\d._~-]*$/

async function findPackage(specifier: string, io: Io): Promise<FoundPackage> {
  const path = expandHome(specifier, io.env)
  if (isAbsolute(path)) {
    const manifest = await readManifest(path)
    if (manifest !== undefined) return toFound(specifier, path, manifest)
    throw new UsageError(
      `The provider package ${specifier} does not exist: there is no package.json in that folder.`,
      'Correct the path in `providers` of your configuration.',
    )
  }
  if (!packageName.test(specifier) || specifier.length > 214)
    throw new UsageError(
      'A provider package must be the name of an npm package, without a version, or the absolute path of a folder.',
      'Correct `providers` in your configuration.',
    )
  const [own] = moduleFolders(io)
  for (const modules of moduleFolders(io)) {
    const folder = join(modules, specifier)
    const manifest = await readManifest(folder)
    if (manifest !== undefined) return toFound(specifier, folder, manifest)
  }
  const beside =
    io.installedAt === undefined
      ? ''
      : `, and not beside the command (${shownPath(dirname(io.installedAt), io.env)})`
  throw new UsageError(
    `The provider package ${specifier} is not installed: it is not in ${shownPath(own, io.env)}${beside}.`,
    toInstallHint(specifier, io),
  )
}

/** How to install a package for the command. */
export function toInstallHint(name: string, { env }: Pick<Io, 'env'>): string {
  return `Install it: npm install --prefix ${shellQuote(configDirectory(env))} ${name}`
}

/** Where packages for the command are looked for: in the configuration folder, then beside the command. */
export function moduleFolders({ env, installedAt }: Pick<Io, 'env' | 'installedAt'>): [string, ...string[]] {
  return [join(configDirectory(env), 'node_modules'), ...modulesAbove(installedAt)]
}

/** The folders in which Node looks for what a file imports by name. */
function modulesAbove(file: string | undefined): string[] {
  const folders: string[] = []
  if (file === undefined) return folders
  for (let at = dirname(file); ; at = dirname(at)) {
    if (!at.endsWith('node_modules')) folders.push(join(at, 'node_modules'))
    if (dirname(at) === at) return folders
  }
}

interface Manifest {
  name?: unknown
  version?: unknown
  exports?: unknown
}

const longestManifest = 1024 * 1024

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, 'package.json')
  const content = await readBoundedFile(path, longestManifest)
  if (content === undefined) return undefined
  try {
    return (JSON.parse(content.toString('utf8')) ?? {}) as Manifest
  } catch {
    throw new UsageError(`${path} is not valid JSON.`)
  }
}

function toFound(specifier: string, folder: string, { name, version, exports }: Manifest): FoundPackage {
  const provider = resolveEntry(exports, 'provider', folder)
  if (provider === undefined)
    throw new UsageError(
      `The provider package ${specifier} has no entry ./provider: \`exports\` of its package.json does not have it.`,
      'It may be another kind of package. Provider packages export a descriptor at ./provider.',
    )
  return {
    specifier,
    name: typeof name === 'string' ? name : specifier,
    version: typeof version === 'string' ? version : 'of unknown version',
    folder,
    provider,
    emulator: resolveEntry(exports, 'emulator', folder),
  }
}

/** As Node resolves `import`. */
const conditions = ['node', 'import', 'module-sync']

function resolveEntry(exports: unknown, entry: string, folder: string): string | undefined {
  if (exports === undefined || exports === null) return undefined
  try {
    const [target] = resolveExports(exports as Parameters<typeof resolveExports>[0], entry, conditions)
    return target?.startsWith('./') ? join(folder, target) : undefined
  } catch {
    return undefined
  }
}
