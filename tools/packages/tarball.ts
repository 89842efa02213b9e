import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** No source maps: `docs/decisions/no-source-maps.md`. */
const allowed = /^(dist\/.+(?<!\.map)|schema\/.+\.json|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/

/** What the command serves, and what says of which packages it is made. */
const commandFiles = [
  'dist/playground/index.html',
  'dist/playground/THIRD-PARTY-LICENSES.txt',
  'dist/THIRD-PARTY-LICENSES.txt',
  'dist/sbom.cdx.json',
]

/** A package as it would be published. */
export interface Tarball {
  name: string
  file: string
  /** Bytes of the compressed file. */
  size: number
  paths: readonly string[]
  /** Those of `paths` that name a source map, or contain one. */
  mapped: readonly string[]
  /** Text of the `package.json` within. */
  manifest: string
}

/** Packs a package into `destination`. */
export function pack(folder: string, destination: string): Tarball {
  const output = execFileSync('pnpm', ['pack', '--json', `--pack-destination=${destination}`], {
    cwd: folder,
    encoding: 'utf8',
  })
  const { name, filename, size, files } = JSON.parse(output) as {
    name: string
    filename: string
    size: number
    files: { path: string }[]
  }
  const file = join(destination, filename.slice(filename.lastIndexOf('/') + 1))
  const manifest = execFileSync('tar', ['-xOzf', file, 'package/package.json'], { encoding: 'utf8' })
  const paths = files.map(({ path }) => path)
  const mapped = paths.filter((path) => namesSourceMap(readFileSync(join(folder, path), 'utf8')))
  return { name, file, size, paths, mapped, manifest }
}

/** Whether a file ends in the comment with which JavaScript, declarations and style sheets name their source map. */
export function namesSourceMap(text: string): boolean {
  return /(?:\/\/|\/\*)[#@]\s*sourceMappingURL=\S+(?:\s*\*\/)?\s*$/.test(text)
}

/** Reports files that are missing or must not be published, and traces of this workspace. */
export function checkTarball({
  name,
  paths,
  mapped,
  manifest,
}: Pick<Tarball, 'name' | 'paths' | 'mapped' | 'manifest'>): string[] {
  const traces = ['@countersign/source', 'workspace:', 'catalog:']
  const needed = [
    'package.json',
    'README.md',
    'LICENSE',
    ...(name === '@countersign/cli' ? commandFiles : []),
  ]
  const missing = needed.filter((path) => !paths.includes(path))
  return [
    ...missing.map((path) => `${name}: ${path} is not in the tarball`),
    ...(paths.some((path) => path.startsWith('dist/'))
      ? []
      : [`${name}: nothing was built into the tarball`]),
    ...paths.filter((path) => !allowed.test(path)).map((path) => `${name}: ${path} is in the tarball`),
    ...mapped.map((path) => `${name}: ${path} names a source map`),
    ...traces
      .filter((trace) => manifest.includes(trace))
      .map((trace) => `${name}: ${trace} is left in package.json`),
  ]
}
