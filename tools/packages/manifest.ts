import { existsSync } from 'node:fs'
import { join } from 'node:path'

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
  ]
}

/** Whether a package is a program. */
export function isProgram(manifest: Manifest): boolean {
  return manifest['bin'] !== undefined
}

/** The names under which a package is imported, `@countersign/utgl/emulator` and so on. */
export function entryNames(manifest: Manifest): string[] {
  return Object.keys((manifest['exports'] ?? {}) as object)
    .filter((path) => path !== './package.json')
    .map((path) => `${String(manifest['name'])}${path.slice(1)}`)
}
