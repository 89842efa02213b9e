import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import type { Row } from './paired.ts'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))

/** Bytes of a bundle for browsers, minified and gzipped. */
async function bundledSize(code: string): Promise<number> {
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
      rolldownOptions: { output: { codeSplitting: false, minify: true } },
    },
  })) as Rolldown.RolldownOutput[]
  const [chunk] = built.flatMap(({ output }) => output)
  if (chunk?.type !== 'chunk') throw new Error('Nothing was bundled.')
  return gzipSync(chunk.code, { level: 9 }).length
}

/** Bytes of what the package publishes. */
function publishedSize(id: string): number {
  const folder = join(packages, id)
  const dist = (readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }) as string[]).map(
    (name) => join(folder, 'dist', name),
  )
  const others = ['package.json', 'README.md', 'LICENSE'].map((name) => join(folder, name))
  return [...dist, ...others]
    .map((file) => statSync(file))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)
}

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
    const size = await bundledSize(`export { ${factory} } from '@countersign/${id}'\n`)
    rows.push({
      what: `\`${factory}\`, bundled, ky included`,
      against: 'min+gzip',
      measured: kilobytes(size),
      target: `\u2264 ${kilobytes(most)}`,
      reached: size <= most,
      peers: `jose signing + ky ${kilobytes(peer)}`,
    })
  }
  const disk = publishedSize('core') + publishedSize('utgl')
  return [
    ...rows,
    {
      what: 'core and utgl on disk',
      against: 'unpacked files',
      measured: kilobytes(disk),
      target: '\u2264 325 kB',
      reached: disk <= 325_000,
    },
  ]
}
