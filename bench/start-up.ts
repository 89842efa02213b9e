import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { medianTimes, type Row } from './paired.ts'

const atRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const command = atRoot('apps/cli/dist/countersign.js')
const standalone = atRoot(`apps/cli/dist-standalone/countersign${process.platform === 'win32' ? '.exe' : ''}`)
const node = (...parameters: string[]) => [process.execPath, ...parameters]
const program = (code: string) => node('--input-type=module', '--eval', code)

/** A key takes longer to make than everything else, so it is a constant of the programs. */
function fixedKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
}

function run([file = '', ...parameters]: readonly string[]): void {
  const { status, stderr } = spawnSync(file, parameters, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0) throw new Error(`${parameters.join(' ').slice(0, 200)} ended with ${status}: ${stderr}`)
}

/** Starts of whole programs, in rounds in which all take turns. */
export async function measureStartUp(): Promise<Row[]> {
  const key = JSON.stringify(fixedKey())
  const request = "new Request('https://access.utgl.io/v1/ping')"
  const options = `{ accessKey: '00000000-0000-4000-8000-000000000000', privateKey: ${key} }`
  const programs: Record<string, readonly string[]> = {
    empty: node('-e', '0'),
    adapter: program("import '@countersign/utgl'"),
    jose: program("import 'jose'"),
    oauth4webapi: program("import 'oauth4webapi'"),
    google: program("import 'google-auth-library'"),
    request: program(request),
    signed: program(
      `import { createUtgl } from '@countersign/utgl'\nawait createUtgl(${options}).headers(${request})`,
    ),
    version: node(command, '--version'),
    help: node(command, '--help'),
    ...(existsSync(standalone) ? { standalone: [standalone, '--help'] } : {}),
  }
  const tasks = Object.fromEntries(
    Object.entries(programs).map(([name, parameters]) => [name, async () => run(parameters)]),
  )
  const times = await medianTimes(tasks, { warmUp: 1 })
  const of = (name: string) => times[name] ?? Number.NaN
  const ratio = (name: string) => of(name) / of('empty')
  const first = of('signed') - of('request')
  const timesEmpty = (what: string, name: string, most: number, peers?: string): Row => ({
    what,
    against: 'an empty program',
    measured: ratio(name).toFixed(2),
    target: `\u2264 ${most.toFixed(2)}`,
    reached: ratio(name) <= most,
    ...(peers === undefined ? {} : { peers }),
  })
  const peers = (['oauth4webapi', 'jose', 'google'] as const)
    .map((name) => `${name === 'google' ? 'google-auth-library' : name} ${ratio(name).toFixed(2)}`)
    .join(', ')
  return [
    timesEmpty('import of an adapter', 'adapter', 1.25, peers),
    {
      what: 'first signed request of a process',
      against: 'above a program that makes a `Request`',
      measured: `${first.toFixed(1)} ms`,
      target: '\u2264 15 ms',
      reached: first <= 15,
    },
    timesEmpty('`countersign --version`', 'version', 1.6),
    timesEmpty('`countersign --help`', 'help', 1.6),
    ...('standalone' in programs ? [timesEmpty('the executable, `--help`', 'standalone', 2.5)] : []),
  ]
}

if (import.meta.main) console.table(await measureStartUp())
