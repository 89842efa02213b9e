import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import type { Row } from './paired.ts'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))

/**
 * Bytes of a bundle for browsers, minified and gzipped: of everything in one file, or of what is loaded `first`,
 * without the parts that an `import()` loads later.
 */
async function bundledSize(code: string, part: 'everything' | 'first' = 'everything'): Promise<number> {
  const entry = '\0entry'
  const built = (await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        enforce: 'pre',
        resolveId: (id) => (id.endsWith('/entry') ? entry : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: 'entry', formats: ['es'], fileName: 'entry' },
      rolldownOptions: { output: { codeSplitting: part === 'first', minify: true } },
    },
  })) as Rolldown.RolldownOutput[]
  const chunks = built.flatMap(({ output }) => output).filter((file) => file.type === 'chunk')
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry))
  if (loaded.size === 0) throw new Error('Nothing was bundled.')
  // A set also visits what is added meanwhile.
  for (const { imports } of loaded)
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk)
  return sum([...loaded].map(({ code: text }) => ({ size: gzipSync(text, { level: 9 }).length })))
}

/** The files that packages publish, with their bytes. */
function publishedFiles(ids: readonly string[]): { name: string; size: number }[] {
  return ids.flatMap((id) => {
    const folder = join(packages, id)
    const dist = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }) as string[]
    return [...dist.map((name) => join('dist', name)), 'package.json', 'README.md', 'LICENSE']
      .map((name) => ({ name, stats: statSync(join(folder, name)) }))
      .flatMap(({ name, stats }) => (stats.isFile() ? [{ name, size: stats.size }] : []))
  })
}

const sum = (files: readonly { size: number }[]) => files.reduce((bytes, { size }) => bytes + size, 0)

/** Sizes do not depend on the computer. */
export async function measureSizes(): Promise<Row[]> {
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  const peer = await bundledSize(
    "export { SignJWT, importPKCS8 } from 'jose'\nexport { default } from 'ky'\n",
  )
  const rows: Row[] = []
  for (const [factory, id, most] of [
    ['createUtgl', 'utgl', 24_000],
    ['createSpeeda', 'speeda', 28_000],
  ] as const) {
    const code = `export { ${factory} } from '@countersign/${id}'\n`
    const size = await bundledSize(code)
    rows.push({
      what: `\`${factory}\`, bundled, ky included`,
      against: 'min+gzip',
      measured: kilobytes(size),
      target: `\u2264 ${kilobytes(most)}`,
      reached: size <= most,
      peers: `without ky, which the first call of \`api\` loads, ${kilobytes(await bundledSize(code, 'first'))}; jose signing + ky ${kilobytes(peer)}`,
    })
  }
  const files = publishedFiles(['core', 'utgl'])
  const disk = sum(files)
  const sizeOf = (kind: RegExp) => kilobytes(sum(files.filter(({ name }) => kind.test(name))))
  return [
    ...rows,
    {
      what: 'core and utgl on disk',
      against: 'unpacked files',
      measured: kilobytes(disk),
      target: '\u2264 325 kB',
      reached: disk <= 325_000,
      peers: `JavaScript ${sizeOf(/\.js$/)}, declarations ${sizeOf(/\.d\.ts$/)}, the rest ${sizeOf(/(?<!\.js|\.d\.ts)$/)}`,
    },
  ]
}
