import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

type Manifest = Readonly<Record<string, unknown>>

const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']

/** What a public package says about itself. */
export function checkManifest(manifest: Manifest, folder: string): string[] {
  const name = String(manifest['name'])
  const filled = (value: unknown) =>
    typeof value === 'string'
      ? value.trim() !== ''
      : Array.isArray(value)
        ? value.length > 0
        : value !== undefined
  const said = ['description', 'keywords', 'repository', 'engines', 'license', 'files']
  const scripts = Object.keys((manifest['scripts'] ?? {}) as object)
  const { directory } = (manifest['repository'] ?? {}) as { directory?: string }
  return [
    ...said
      .filter((field) => !filled(manifest[field]))
      .map((field) => `${name}: package.json has no ${field}`),
    ...(manifest['type'] === 'module' ? [] : [`${name}: type is not module`]),
    ...(isProgram(manifest) || manifest['sideEffects'] === false
      ? []
      : [`${name}: sideEffects is not false`]),
    ...(directory !== undefined && folder.endsWith(directory)
      ? []
      : [`${name}: repository.directory is not its own`]),
    ...scripts.filter((script) => installScripts.includes(script)).map((script) => `${name}: runs ${script}`),
    ...['README.md', 'LICENSE']
      .filter((file) => !existsSync(join(folder, file)))
      .map((file) => `${name}: ${file} is missing`),
    ...(isProgram(manifest) ? [] : checkEntries(manifest)),
  ]
}

function checkEntries(manifest: Manifest): string[] {
  const published = (manifest['publishConfig'] ?? {}) as Manifest
  return Object.entries(publishedEntries(manifest))
    .filter(([field, value]) => !isDeepStrictEqual(published[field], value))
    .map(
      ([field, value]) =>
        `${String(manifest['name'])}: publishConfig.${field} must be ${JSON.stringify(value)}, as exports says`,
    )
}

/**
 * Where a library's entries are, as its `publishConfig` must say it: all of it follows from `exports`. Resolvers that
 * do not read `exports`, such as TypeScript's `node10`, take the entry of the package from `main` and `types`, and the
 * declarations of the others from `typesVersions`.
 */
function publishedEntries(manifest: Manifest): Manifest {
  const exports = Object.entries((manifest['exports'] ?? {}) as Record<string, unknown>).map(
    ([path, target]) => [path, withoutSource(target)] as const,
  )
  const typed = exports.flatMap(([path, target]) =>
    typeof target === 'object' ? [{ path, ...(target as Record<'types' | 'default', string>) }] : [],
  )
  const index = typed.find(({ path }) => path === '.')
  const others = typed.filter(({ path }) => path !== '.')
  return {
    exports: Object.fromEntries(exports),
    main: index?.default,
    types: index?.types,
    typesVersions:
      others.length === 0
        ? undefined
        : { '*': Object.fromEntries(others.map(({ path, types }) => [path.slice('./'.length), [types]])) },
  }
}

/** Without the condition of this workspace, under which the sources are read. */
function withoutSource(target: unknown): unknown {
  if (typeof target !== 'object' || target === null) return target
  return Object.fromEntries(
    Object.entries(target).filter(([condition]) => condition !== '@countersign/source'),
  )
}

/** Whether a package is a program. */
export function isProgram(manifest: Manifest): boolean {
  return manifest['bin'] !== undefined
}

/** What entries such as core's `./opentelemetry` need besides: the peers of libraries, with their versions. */
export function peersOf(manifests: readonly Manifest[]): Record<string, string> {
  return Object.assign(
    {},
    ...manifests.filter((manifest) => !isProgram(manifest)).map((manifest) => manifest['peerDependencies']),
  )
}

/** The names under which a package is imported, `@countersign/utgl/emulator` and so on. */
export function entryNames(manifest: Manifest): string[] {
  return Object.keys((manifest['exports'] ?? {}) as object)
    .filter((path) => path !== './package.json')
    .map((path) => `${String(manifest['name'])}${path.slice(1)}`)
}
