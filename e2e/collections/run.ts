import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProviders, providers } from '@countersign/providers'
import { checkFormats } from './formats.ts'
import { countersign, serve } from './serve.ts'

/**
 * Exports a collection of all providers for each program, and runs it against the built command's proxy, which sends
 * to the built command's emulators: `node e2e/collections/run.ts [hurl]`. With `hurl`, Hurl must run.
 */
const here = import.meta.dirname
const bin = (name: string) => join(here, 'node_modules/.bin', name)

interface Outcome {
  status: number
  output: string
  /** The status of each response. */
  answered: readonly number[]
}

interface Client {
  name: string
  /** Prints the version. */
  version: readonly [program: string, ...argv: string[]]
  format: 'bruno' | 'postman' | 'hurl'
  run(collection: Collection, secret: string): Promise<Outcome>
}

interface Collection {
  /** The file or the folder. */
  place: string
  /** The variables with their values, without the secret. */
  variables: Readonly<Record<string, string>>
  /** A folder for reports. */
  reports: string
}

/** The command of `docs/api-clients.md`: the secret is an argument of what is built into the shell, and of nothing else. */
const newman = `printf '{"values":[{"key":"proxySecret","value":"%s"}]}' "$COUNTERSIGN_PROXY_SECRET" |
  "$0" run "$@" --environment /dev/stdin`

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

const clients: readonly Client[] = [
  {
    name: 'Bruno',
    version: [bin('bru'), '--version'],
    format: 'bruno',
    async run({ place, reports }, secret) {
      const report = join(reports, 'bruno.json')
      const argv = ['run', '--env', 'shell', '--reporter-json', report]
      const ended = await start(bin('bru'), argv, { cwd: place, env: { COUNTERSIGN_PROXY_SECRET: secret } })
      const [iteration] = readJson(report) as { results: { response: { status: number } }[] }[]
      return { ...ended, answered: iteration?.results.map(({ response }) => response.status) ?? [] }
    },
  },
  {
    name: 'Newman',
    version: [bin('newman'), '--version'],
    format: 'postman',
    async run({ place, reports }, secret) {
      const report = join(reports, 'newman.json')
      const argv = [bin('newman'), place, '--reporters', 'cli,json', '--reporter-json-export', report]
      const ended = await start('sh', ['-c', newman, ...argv], { env: { COUNTERSIGN_PROXY_SECRET: secret } })
      const { executions } = readJson(report).run as { executions: { response: { code: number } }[] }
      return { ...ended, answered: executions.map(({ response }) => response.code) }
    },
  },
  {
    name: 'Hurl',
    version: [bin('hurl'), '--version'],
    format: 'hurl',
    async run({ place, reports, variables }, secret) {
      const env = Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [`HURL_VARIABLE_${name}`, value]),
      )
      const argv = ['--test', '--report-json', reports, place]
      const ended = await start(bin('hurl'), argv, { env: { ...env, HURL_SECRET_proxySecret: secret } })
      // A report is added to those that are there.
      const runs = readJson(join(reports, 'report.json')) as {
        entries: { calls: { response: { status: number } }[] }[]
      }[]
      const calls = runs.at(-1)?.entries.flatMap((entry) => entry.calls) ?? []
      return { ...ended, answered: calls.map(({ response }) => response.status) }
    },
  },
]

function start(
  program: string,
  argv: readonly string[],
  { cwd = here, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Pick<Outcome, 'status' | 'output'>> {
  const { PATH } = process.env
  return new Promise((resolve) => {
    execFile(program, argv, { cwd, env: { PATH, HOME: cwd, ...env } }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ status, output: stdout + stderr })
    })
  })
}

/** The variables with which the proxy reaches the emulators. */
async function emulatedVariables(
  served: Readonly<Record<string, { baseUrl: string; credentials: Record<string, string> }>>,
  key: string,
): Promise<NodeJS.ProcessEnv> {
  const loaded = await loadProviders()
  const pairs = loaded.flatMap(({ provider: { id, fields, credentialSets, baseUrls } }) => {
    const { baseUrl = '', credentials = {} } = served[id] ?? {}
    const variable = (name: string) =>
      `COUNTERSIGN_${id}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase()
    return [
      [variable('baseUrl'), baseUrl],
      ...(fields['environment']?.required === true
        ? [[variable('environment'), Object.keys(baseUrls)[0] ?? '']]
        : []),
      ...(credentialSets[0] ?? []).map((name) =>
        fields[name]?.kind === 'private-key'
          ? [`${variable(name)}_FILE`, key]
          : [variable(name), credentials[name] ?? ''],
      ),
    ]
  })
  return Object.fromEntries(pairs)
}

const folder = mkdtempSync(join(tmpdir(), 'collections-'))
let failed = 0
const report = (ok: boolean, line: string) => {
  if (!ok) failed += 1
  console.log(`${ok ? 'passed' : 'FAILED'}  ${line}`)
}
try {
  for (const { ok, line } of await checkFormats()) report(ok, line)
  const ids = providers.map(({ id }) => id)
  const [key, publicKey] = [join(folder, 'key.pem'), join(folder, 'public.pem')]
  await countersign(['keys', 'generate', '--out', key, '--public-out', publicKey])
  const register = ids.flatMap((id) => ['--register', `${id}=${publicKey}`])
  await using emulators = await serve<{ providers: Parameters<typeof emulatedVariables>[0] }>([
    'emulator',
    ...ids,
    ...register,
  ])
  const secret = randomBytes(24).toString('base64')
  const env = await emulatedVariables(emulators.printed.providers, key)
  await using proxy = await serve<{ url: string }>(['proxy', ...ids], {
    ...env,
    COUNTERSIGN_PROXY_SECRET: secret,
  })
  const { port } = new URL(proxy.printed.url)
  for (const client of clients) {
    const { format, name } = client
    const [program, ...argv] = client.version
    const version = await start(program, argv)
    if (version.status !== 0) {
      if (format !== 'hurl' || process.argv.includes('hurl')) report(false, `${name} is not installed`)
      else console.log(`not run ${name}: its package downloads the program, which failed`)
      continue
    }
    const place = join(folder, format)
    const exported = JSON.parse(
      await countersign(['export', format, ...ids, '--port', port, '--output', place, '--json'], env),
    ) as { variables: { name: string; value?: string }[] }
    const variables = Object.fromEntries(
      exported.variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    )
    const collection = { place, variables, reports: folder }
    const right = await client.run(collection, secret)
    const all = (status: number) => JSON.stringify(ids.map(() => status))
    const shown = version.output.trim().split('\n')[0]
    const works = right.status === 0 && JSON.stringify(right.answered) === all(200)
    report(works, `${name} (${shown}): ${right.answered.join(', ')}${works ? '' : `\n${right.output}`}`)
    const wrong = await client.run(collection, `${secret}x`)
    const refused = wrong.status !== 0 && JSON.stringify(wrong.answered) === all(401)
    report(refused, `${name}, wrong secret: ${wrong.answered.join(', ')}, exit code ${wrong.status}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (failed > 0) process.exitCode = 1
