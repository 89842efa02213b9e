import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { replaceBetween } from '../../tools/between-marks.ts'
import { installAlone } from '../../tools/packages/consumer.ts'
import { peersOf } from '../../tools/packages/manifest.ts'
import { pack } from '../../tools/packages/tarball.ts'
import { readSourceTree } from '../../tools/structure/source-tree.ts'
import { openBrowser } from '../browser/open-browser.ts'
import { bundleSuite } from './bundle.ts'
import { checkCommand } from './command.ts'
import type { Result } from './harness.ts'
import { requireEntries } from './require.ts'

/**
 * Runs one smoke and the contract of every adapter on each runtime, with the packages as they are packed:
 * `node e2e/runtimes/run.ts [runtime …]`. Writes the table of
 * `docs/runtimes.md` when all of them ran.
 */
const here = import.meta.dirname
const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const local = (path: string) => join(here, 'node_modules', path)

interface Runtime {
  id: string
  name: string
  /** How the suite reaches its servers. */
  servers: 'sockets' | 'in the runtime'
  version(): Promise<string>
  test(folder: string): Promise<Result>
  /** Tries the command; for what it runs on. */
  command?(folder: string): Promise<string[]>
}

const mark = 'RESULT '
const entry = `import { run } from './suite.js'
const result = await run()
console.log('${mark}' + JSON.stringify(result))
`

/** A program that runs a file as Node does. */
function likeNode(id: string, name: string, program: string, ...parameters: string[]): Runtime {
  return {
    id,
    name,
    servers: 'sockets',
    ...(id.startsWith('node-') && { command: (folder: string) => checkCommand(program, folder) }),
    version: async () => (await run(program, ['--version'])).stdout.match(/\d+\.\d+\.\d+/)?.[0] ?? '',
    async test(folder) {
      writeFileSync(join(folder, 'suite.js'), await bundleSuite({ folder, likeNode: true }))
      writeFileSync(join(folder, 'entry.js'), entry)
      const { stdout, stderr } = await run(program, [...parameters, 'entry.js'], {
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
      }).catch((error) => error)
      const line = String(stdout)
        .split('\n')
        .find((one) => one.startsWith(mark))
      if (line === undefined) throw new Error(`${name} did not finish:\n${stdout}\n${stderr}`)
      const tests: Result = JSON.parse(line.slice(mark.length))
      const required = await requireEntries([program, ...parameters], folder)
      return {
        passed: tests.passed + required.passed,
        failed: [...tests.failed, ...required.failed],
      }
    },
  }
}

const workerd: Runtime = {
  id: 'workerd',
  name: 'workerd',
  servers: 'in the runtime',
  version: async () =>
    JSON.parse(readFileSync(local('.pnpm/node_modules/workerd/package.json'), 'utf8')).version,
  async test(folder) {
    const { Miniflare } = await import('miniflare')
    const suite = await bundleSuite({ folder, likeNode: false, conditions: ['workerd', 'worker'] })
    const worker = new Miniflare({
      modules: [
        {
          type: 'ESModule',
          path: join(folder, 'main.mjs'),
          contents:
            "export default { async fetch() { const { run } = await import('./suite.mjs'); return Response.json(await run()) } }",
        },
        { type: 'ESModule', path: join(folder, 'suite.mjs'), contents: suite },
      ],
      modulesRoot: folder,
      compatibilityDate: '2026-01-01',
    })
    try {
      const response = await fetch(await worker.ready)
      const text = await response.text()
      if (!response.ok) throw new Error(`workerd answered ${response.status}: ${text.slice(0, 4_000)}`)
      return JSON.parse(text)
    } finally {
      await worker.dispose()
    }
  },
}

const chromium: Runtime = {
  id: 'chromium',
  name: 'Chromium',
  servers: 'in the runtime',
  async version() {
    const browser = await openBrowser()
    try {
      return browser.context.browser()?.version() ?? ''
    } finally {
      await browser.close()
    }
  },
  async test(folder) {
    const suite = await bundleSuite({ folder, likeNode: false, conditions: ['browser'] })
    const page = '<!doctype html><meta charset="utf-8"><title>Suite</title>'
    const server = createServer(({ url }, answer) => {
      const script = url === '/suite.js'
      answer.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' })
      answer.end(script ? suite : page)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const browser = await openBrowser()
    try {
      const tab = await browser.context.newPage()
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      return (await tab.evaluate("import('/suite.js').then(({ run }) => run())")) as Result
    } finally {
      await browser.close()
      server.close()
    }
  },
}

const runtimes: readonly Runtime[] = [
  likeNode('node-22', 'Node 22', local('node-22/bin/node')),
  likeNode('node-24', 'Node 24', process.execPath),
  likeNode('node-26', 'Node 26', local('node-26/bin/node')),
  likeNode('bun', 'Bun', local('bun/bin/bun.exe')),
  likeNode('deno', 'Deno', local('.bin/deno'), 'run', '--allow-all', '--no-check'),
  workerd,
  chromium,
]

/** The packages as they are published, in a folder outside of this repository. */
function install(folder: string): void {
  const packed = join(folder, 'tarballs')
  mkdirSync(packed)
  const packages = readSourceTree(root).filter(
    ({ id, manifest }) => manifest['private'] !== true && id !== 'testing',
  )
  installAlone(
    folder,
    packages.map(({ folder: place }) => pack(join(root, place), packed)),
    peersOf(packages.map(({ manifest }) => manifest)),
  )
}

/** Writes what ran into the page. */
function writeTable(rows: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10)
  const table = [
    `${date}, ${process.platform} ${process.arch}.`,
    '',
    '| Runtime | Version | Passed | Failed | Servers | The command |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
  replaceBetween(join(root, 'docs/runtimes.md'), 'runtimes', table)
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((id) => !runtimes.some((runtime) => runtime.id === id))
if (unknown.length > 0) throw new Error(`There is no runtime ${unknown.join(', ')}.`)
const folder = mkdtempSync(join(tmpdir(), 'runtimes-'))
const rows: string[] = []
let failed = 0
try {
  install(folder)
  for (const runtime of runtimes.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    const { name, servers } = runtime
    const version = await runtime.version()
    const result = await runtime.test(folder)
    const problems = await runtime.command?.(folder)
    for (const { title, message } of result.failed) console.error(`${name}: ${title}\n${message}\n`)
    for (const problem of problems ?? []) console.error(`${name}: ${problem}`)
    failed += result.failed.length + (problems?.length ?? 0)
    console.log(`${name} ${version}: ${result.passed} passed, ${result.failed.length} failed`)
    const command = problems === undefined ? 'not meant for it' : problems.length === 0 ? 'works' : 'fails'
    rows.push(
      `| ${name} | ${version} | ${result.passed} | ${result.failed.length} | ${servers} | ${command} |`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (wanted.length === 0) writeTable(rows)
if (failed > 0) process.exitCode = 1
