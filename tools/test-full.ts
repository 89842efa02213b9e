import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { withFullRun } from './full-run-table.ts'

interface Step {
  name: string
  command: readonly [string, ...string[]]
  /** Number of busy loops beside it. */
  load?: number
}

const script = (name: string, ...parameters: string[]): Step['command'] => [
  'pnpm',
  'run',
  name,
  ...parameters,
]

/** Every check there is, without a time limit. `.ci/run` runs the steps that fit into 25 minutes. */
const steps: readonly Step[] = [
  { name: 'workerd', command: ['pnpm', '--dir', 'e2e/edge', 'install', '--frozen-lockfile'] },
  { name: 'Valkey', command: ['node', 'tools/install-valkey.ts'] },
  { name: 'Unit and service tests', command: script('test') },
  {
    name: 'Unit tests beside four busy loops',
    command: ['pnpm', 'exec', 'vitest', 'run', '--project', 'unit'],
    load: 4,
  },
  { name: 'Lint, vocabulary, spelling', command: script('lint') },
  { name: 'Types', command: script('typecheck') },
  { name: 'Build', command: script('build') },
  { name: 'Unused code', command: script('knip') },
  { name: 'Structure', command: script('structure') },
  { name: 'Packages, installed as tarballs', command: script('packages') },
  { name: 'Packed packages on every runtime', command: script('runtimes') },
  { name: 'Packed packages through every bundler', command: script('bundlers') },
  { name: 'Token calls in Next.js 14 and 16', command: script('next') },
  { name: 'Frameworks, clients and test runners', command: script('integrations') },
  { name: 'Exported collections in Bruno, Newman and Hurl', command: script('collections') },
  { name: 'Command as one executable', command: script('standalone') },
  { name: 'Image of the executable, as process 1', command: script('image') },
  { name: 'Declarations with each TypeScript and @types/node', command: script('types') },
  { name: 'Changesets', command: script('changesets') },
  { name: 'GitHub workflows', command: script('workflows') },
  { name: 'Release to a registry on loopback, and two after it', command: script('release:dry-run') },
  { name: 'Signing-key recipes', command: script('recipes') },
  { name: 'Documentation site', command: script('site') },
  { name: "Commands in the command's README", command: script('readme', '--check') },
  { name: 'Conformance', command: script('conformance', '--check') },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const page = new URL('../docs/conformance.md', import.meta.url)

/** Runs a step with everything required (`CI=true`, `COUNTERSIGN_FULL=1`) and returns the closing count of its output, if any. */
async function run({
  command: [program, ...parameters],
  load = 0,
}: Step): Promise<{ ok: boolean; count: string }> {
  const loops = Array.from({ length: load }, () => new Worker('for (;;);', { eval: true }))
  try {
    const env = { ...process.env, CI: 'true', COUNTERSIGN_FULL: '1', TURBO_TELEMETRY_DISABLED: '1' }
    const child = spawn(program, parameters, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      process.stdout.write(text)
      output = (output + text).slice(-10_000)
    })
    const ok = await new Promise<boolean>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code === 0))
    })
    const count = [...output.matchAll(/^(\d+ passed), \d+ failed$/gm)].at(-1)?.[1] ?? ''
    return { ok, count }
  } finally {
    await Promise.all(loops.map((loop) => loop.terminate()))
  }
}

// `--without-load` leaves out the runs beside busy loops, and the table says so.
const withoutLoad = process.argv.includes('--without-load')
const rows: { name: string; result: string; seconds: number }[] = []
for (const step of steps) {
  if (withoutLoad && step.load !== undefined) {
    rows.push({ name: step.name, result: 'not run', seconds: 0 })
    continue
  }
  console.log(`\n== ${step.name}`)
  const start = performance.now()
  const { ok, count } = await run(step)
  const result = ok ? (count === '' ? 'passed' : count) : 'FAILED'
  rows.push({ name: step.name, result, seconds: Math.round((performance.now() - start) / 1000) })
}
const failed = rows.filter(({ result }) => result === 'FAILED')
const date = new Date().toISOString().slice(0, 10)
const where = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} processors`
writeFileSync(page, withFullRun(readFileSync(page, 'utf8'), { date, where, rows }))
for (const { name, result, seconds } of rows)
  console.log(`${result.padEnd(14)} ${String(seconds).padStart(5)} s  ${name}`)
console.log(`${rows.length - failed.length} passed, ${failed.length} failed`)
if (failed.length > 0) process.exitCode = 1
