import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How long `countersign --version` takes against an empty program, medians of paired rounds. */
const built = fileURLToPath(new URL('../dist/countersign.js', import.meta.url))
const rounds = 20
const limit = 2.5

const programs: Record<string, readonly string[]> = {
  'node -e 0': ['-e', '0'],
  'countersign --version': [built, '--version'],
  'countersign --help': [built, '--help'],
  'countersign token --help': [built, 'token', '--help'],
}

function timeOf(args: readonly string[]): number {
  const start = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}. Build it first.`)
  return performance.now() - start
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) /
    2
  )
}

const times = new Map(Object.keys(programs).map((name) => [name, [] as number[]]))
for (const args of Object.values(programs)) timeOf(args)
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries(programs)) times.get(name)?.push(timeOf(args))
}
const base = median(times.get('node -e 0') ?? [])
for (const [name, values] of times) {
  const middle = median(values)
  process.stdout.write(
    `${name.padEnd(26)} ${middle.toFixed(1).padStart(7)} ms  ${(middle / base).toFixed(2)} x\n`,
  )
}
process.stdout.write(`limit for --version: ${limit} x\n`)
