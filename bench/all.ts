import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { measureMemory } from './memory.ts'
import type { Row } from './paired.ts'
import { measureRequests } from './requests.ts'
import { measureSigning } from './signing.ts'
import { measureSizes } from './sizes.ts'
import { measureStartUp } from './start-up.ts'

/**
 * Runs every benchmark and writes the table of `docs/performance.md`, whose explanations stay; with `--check` it
 * only prints. The packages are measured as they are published, so they are built first.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
// A cached build leaves the files of older ones where they are.
for (const dist of globSync('packages/*/dist', { cwd: root })) rmSync(`${root}${dist}`, { recursive: true })
execFileSync('pnpm', ['run', 'build', '--output-logs=errors-only'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
})

const load = () => loadavg()[0]?.toFixed(0)
const loadBefore = load()
const groups: readonly (() => Row[] | Promise<Row[]>)[] = [
  measureSigning,
  measureRequests,
  measureStartUp,
  measureMemory,
  measureSizes,
]
const rows: Row[] = []
for (const measure of groups) {
  for (const row of await measure()) {
    rows.push(row)
    const { what, against, measured, target, reached, peers } = row
    console.log(
      `${reached ? 'reached' : 'MISSED '}  ${measured.padStart(9)} (${target})  ${what}, against ${against}${peers ? `; ${peers}` : ''}`,
    )
  }
}

const line = ({ what, against, measured, target, reached, peers = '' }: Row) =>
  `| ${what} | ${against} | ${measured} | ${target}${reached ? '' : ', missed'} | ${peers} |`
const text = `# Performance

\`pnpm bench\` measures every line of this table in one run and writes it. Values without a unit are ratios of medians: the sides take turns within each round, so a slow computer changes them little; a busy one does, above all the times of requests and starts. Run it on an idle computer. For throughput a higher ratio is better, and 1.00 is the other side; for start-up a lower one is better.

${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} processors. Load average ${loadBefore} at the start and ${load()} at the end: above the number of processors, times are those of a busy computer.

| What | Against | Measured | Target | Of it, and others in the same rounds |
|---|---|---|---|---|
${rows.map(line).join('\n')}
`
const page = new URL('../docs/performance.md', import.meta.url)
// From the first heading on, the page is written by hand.
const [explanations = ''] = /^## [\s\S]*/m.exec(readFileSync(page, 'utf8')) ?? []
if (!process.argv.includes('--check')) writeFileSync(page, `${text}${explanations && `\n${explanations}`}`)
