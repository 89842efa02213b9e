import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * How long programs take to start against an empty one: medians of rounds in which all take turns. Wants
 * `pnpm build` and `pnpm build:standalone` first.
 *
 * On two cores with other work, Node 24: an empty program 25 ms; `countersign --help` 46 ms, 1.8 times that,
 * where it was 2.7 times while the command was one file (`docs/decisions/command-in-parts.md`); as a
 * standalone executable 48 ms, 1.9 times.
 */
const inBuild = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const built = inBuild('apps/cli/dist/countersign.js')
const standalone = inBuild(
  `apps/cli/dist-standalone/countersign${process.platform === 'win32' ? '.exe' : ''}`,
)
const importing = (path: string) => [
  process.execPath,
  '--input-type=module',
  '--eval',
  `import ${JSON.stringify(inBuild(path))}`,
]
const rounds = 20

const programs: Record<string, readonly string[]> = {
  'node -e 0': [process.execPath, '-e', '0'],
  'import @countersign/core': importing('packages/core/dist/index.js'),
  'import @countersign/utgl': importing('packages/utgl/dist/index.js'),
  'countersign --version': [process.execPath, built, '--version'],
  'countersign --help': [process.execPath, built, '--help'],
  'countersign token --help': [process.execPath, built, 'token', '--help'],
  'standalone --version': [standalone, '--version'],
  'standalone --help': [standalone, '--help'],
}

function timeOf([program = '', ...args]: readonly string[]): number {
  const start = performance.now()
  const { status } = spawnSync(program, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}. Build it first.`)
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
process.stdout.write('limits: --version and --help 2.50 x, import of an adapter 1.20 x\n')
