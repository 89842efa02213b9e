import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build as esbuild } from 'esbuild'
import { rolldown } from 'rolldown'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { replaceBetween } from '../../tools/between-marks.ts'
import { installAlone } from '../../tools/packages/consumer.ts'
import { pack } from '../../tools/packages/tarball.ts'
import { openBrowser } from '../browser/open-browser.ts'

/** Builds one small program with each bundler from the packed packages, and runs what came out. */
const here = import.meta.dirname
const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const expected = JSON.stringify({ statuses: [200, 200, 200, 200], oneCore: true, named: true })

interface Bundler {
  name: string
  /** Where the result runs. */
  on: 'Node' | 'Chromium'
  /** The package whose version is shown. */
  packageName: string
  build(folder: string, output: string): Promise<unknown>
}

const input = (folder: string) => join(folder, 'main.js')

const bundlers: readonly Bundler[] = [
  {
    name: 'esbuild',
    on: 'Node',
    packageName: 'esbuild',
    build: (folder, outdir) =>
      esbuild({
        ...{ entryPoints: [input(folder)], outdir, bundle: true, splitting: true, format: 'esm' },
        ...{ platform: 'node', minify: true, outExtension: { '.js': '.mjs' }, logLevel: 'error' },
      }),
  },
  {
    name: 'Rollup',
    on: 'Node',
    packageName: 'rollup',
    async build(folder, dir) {
      const { nodeResolve } = await import('@rollup/plugin-node-resolve')
      const plugins = [nodeResolve({ exportConditions: ['node'], preferBuiltins: true })]
      const bundle = await rollup({ input: input(folder), plugins })
      await bundle.write({ dir, format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' })
    },
  },
  {
    name: 'Rolldown',
    on: 'Node',
    packageName: 'rolldown',
    async build(folder, dir) {
      const bundle = await rolldown({ input: input(folder), platform: 'node' })
      await bundle.write({ dir, format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' })
    },
  },
  {
    name: 'webpack, for Node',
    on: 'Node',
    packageName: 'webpack',
    build: (folder, path) =>
      withWebpack({
        ...{ entry: input(folder), target: 'node22', experiments: { outputModule: true } },
        output: {
          path,
          filename: 'main.mjs',
          chunkFilename: '[id].mjs',
          module: true,
          chunkFormat: 'module',
        },
      }),
  },
  {
    name: 'webpack, for the web',
    on: 'Chromium',
    packageName: 'webpack',
    build: (folder, path) =>
      withWebpack({ entry: input(folder), target: 'web', output: { path, publicPath: '/' } }),
  },
  {
    name: 'Vite',
    on: 'Chromium',
    packageName: 'vite',
    build: (folder, outDir) =>
      vite({
        ...{ root: folder, configFile: false, logLevel: 'error' },
        build: {
          outDir,
          emptyOutDir: false,
          rolldownOptions: { input: input(folder), output: { entryFileNames: 'main.js' } },
        },
      }),
  },
]

function withWebpack(configuration: webpack.Configuration): Promise<void> {
  return new Promise((resolve, reject) => {
    webpack({ mode: 'production', ...configuration }, (error, stats) => {
      if (error) reject(error)
      else if (stats?.hasErrors() || stats?.hasWarnings())
        reject(new Error(stats.toString('errors-warnings')))
      else resolve()
    })
  })
}

async function onNode(output: string): Promise<string> {
  const { stdout } = await run(process.execPath, [join(output, 'main.mjs')])
  return stdout.trim()
}

/** Serves the files and waits for what the page says. */
async function onChromium(output: string): Promise<string> {
  const page =
    '<!doctype html><meta charset="utf-8"><title>App</title><script type="module" src="/main.js"></script>'
  const server = createServer(({ url = '/' }, answer) => {
    const script = extname(url) === '.js'
    answer.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' })
    answer.end(script ? readFileSync(join(output, url)) : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await openBrowser()
  try {
    const tab = await browser.context.newPage()
    const said = Promise.race([
      tab.waitForEvent('console').then((message) => message.text()),
      tab.waitForEvent('pageerror').then(String),
    ])
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return await said
  } finally {
    await browser.close()
    server.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bundlers-'))
const rows: string[] = []
let failed = 0
try {
  const packed = join(folder, 'tarballs')
  mkdirSync(packed)
  installAlone(
    folder,
    ['core', 'speeda', 'utgl'].map((id) => pack(join(root, 'packages', id), packed)),
  )
  cpSync(join(here, 'app.js'), join(folder, 'app.js'))
  writeFileSync(
    input(folder),
    "import { tryProviders } from './app.js'\ntryProviders().then((result) => console.log(JSON.stringify(result)))\n",
  )
  for (const [index, { name, on, packageName, build }] of bundlers.entries()) {
    const output = join(folder, `output-${index}`)
    const said = await build(folder, output)
      .then(() => (on === 'Node' ? onNode(output) : onChromium(output)))
      .catch((error) => String(error?.stderr ?? error).slice(-500))
    const holds = said === expected
    if (!holds) failed += 1
    const { version } = JSON.parse(
      readFileSync(join(here, 'node_modules', packageName, 'package.json'), 'utf8'),
    )
    const files = globSync('**/*.{js,mjs}', { cwd: output }).length
    console.log(`${name} ${version}: ${holds ? 'works' : said}`)
    rows.push(`| ${name} | ${version} | ${on} | ${files} | ${holds ? 'works' : 'fails'} |`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const date = new Date().toISOString().slice(0, 10)
const table = [`${date}.`, '', '| Bundler | Version | Runs on | Files | |', '|---|---|---|---|---|', ...rows]
replaceBetween(join(root, 'docs/runtimes.md'), 'bundlers', table.join('\n'))
if (failed > 0) process.exitCode = 1
