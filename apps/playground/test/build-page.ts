import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const registry = fileURLToPath(new URL('../../../packages/providers/src/index.ts', import.meta.url))
const firstLine = 'export const providers: readonly ProviderEntry[] = [\n'

/** The registry with a further entry: the export `name` of a module. */
export function withEntry(source: string, { module, name }: { module: string; name: string }): string {
  return `import { ${name} } from ${JSON.stringify(module)}\n${change(source, firstLine, `${firstLine}${name},\n`)}`
}

/** The registry without one of its entries. */
export function withoutEntry(source: string, id: string): string {
  return change(source, new RegExp(`^  \\{\\n    id: '${id}',\\n[^]*?^  \\},\\n`, 'm'), '')
}

function change(source: string, part: string | RegExp, replacement: string): string {
  const changed = source.replace(part, () => replacement)
  if (changed === source) throw new Error(`The registry does not contain ${part}.`)
  return changed
}

/** Builds the page in a folder of its own. Only the registry differs from the page that is published. */
export async function buildPageWith(folder: string, edit: (registry: string) => string): Promise<void> {
  await build({
    root,
    mode: 'production',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { outDir: folder, emptyOutDir: true },
    plugins: [
      {
        name: 'registry',
        enforce: 'pre',
        transform: (source, id) => (id.split('?')[0] === registry ? edit(source) : undefined),
      },
    ],
  })
}

/** How many bytes the page's script takes when it is compressed with gzip. */
export function scriptBytes(folder: string): number {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const paths = [...html.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, path = '']) => path)
  if (paths.length === 0) throw new Error('The page has no script.')
  return paths
    .map((path) => gzipSync(readFileSync(join(folder, path)), { level: 9 }).length)
    .reduce((sum, each) => sum + each, 0)
}
