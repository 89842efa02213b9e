import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { installAlone, runNode } from './consumer.ts'
import { pack, type Tarball } from './tarball.ts'

/** A command, and all that must be in what it writes. */
type Step = readonly [argv: readonly string[], wanted: RegExp]

const program = 'node_modules/@countersign/cli/dist/countersign.js'

/**
 * The example package beside the command, core and testing, all from tarballs in an empty folder: its own tests
 * pass, and every command works with its provider.
 */
export async function checkProviderPackage(
  root: string,
  work: string,
  tarballs: readonly Tarball[],
): Promise<string[]> {
  const folder = join(work, 'provider-package')
  const example = pack(join(root, 'e2e/provider-package'), work)
  const wanted = ['@countersign/core', '@countersign/testing', '@countersign/cli']
  installAlone(folder, [...tarballs.filter(({ name }) => wanted.includes(name)), example], {
    vitest: '^5.0.0',
  })
  mkdirSync(join(folder, 'config/countersign'), { recursive: true })
  writeFileSync(join(folder, 'config/countersign/countersign.toml'), `providers = ["${example.name}"]\n`)
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  }
  const problems: string[] = []
  let steps = 0
  let secret = ''
  const start = (argv: readonly string[]) =>
    spawn(process.execPath, [program, ...argv], {
      cwd: folder,
      env: { ...env, ...(secret === '' ? {} : { COUNTERSIGN_BILLING_API_SECRET: secret }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  async function step(argv: readonly string[], pattern: RegExp): Promise<string> {
    const child = start(argv)
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    steps += 1
    if (status !== 0 || !pattern.test(stdout))
      problems.push(`countersign ${argv.join(' ')} exits ${status} and says ${stdout}${stderr}`)
    if (secret !== '' && `${stdout}${stderr}`.includes(secret))
      problems.push(`countersign ${argv.join(' ')} shows the secret`)
    return stdout
  }
  /** Runs a command that serves, until `use` is done with the line of JSON that it prints. */
  async function served(argv: readonly string[], use: (line: string) => Promise<void>): Promise<void> {
    const child = start(argv)
    const errors = text(child.stderr)
    const closed = once(child, 'close')
    try {
      await use(await firstLine(child))
      steps += 1
    } catch (error) {
      problems.push(`countersign ${argv.join(' ')} does not serve: ${error}`)
    } finally {
      child.kill()
      const [status] = await closed
      if (status !== 0) problems.push(`countersign ${argv.join(' ')} exits ${status}: ${await errors}`)
    }
  }

  cpSync(join(root, 'e2e/provider-package'), join(folder, 'example'), { recursive: true })
  const vitest = ['../node_modules/vitest/vitest.mjs', 'run', '--no-color']
  const tests = await runNode(join(folder, 'example'), vitest)
  const [, passed = '0'] = /Tests +(\d+) passed/.exec(tests.output) ?? []
  if (tests.status !== 0 || passed === '0') problems.push(`the tests of ${example.name}: ${tests.output}`)

  const emulated = ['--environment', 'emulator']
  const files = ['--out', 'key.pem', '--public-out', 'public_key.pem']
  await step(['keys', 'generate', '--provider', 'billing', ...files], /./)
  const alone: readonly Step[] = [
    [['--help'], /packages @acme\/countersign-billing/],
    [['token', 'billing', ...emulated], /^billing-token-1\n$/],
    [['request', 'billing', 'invoices', ...emulated], /INV-0001/],
    [['explain', 'billing'], /billing\.access-token/],
    [['doctor', 'billing', ...emulated], /billing comes from @acme\/countersign-billing 1\.0\.0/],
    [
      ['exec', 'billing', ...emulated, '--env', 'TOKEN', '--', 'sh', '-c', 'echo ran; test -n "$TOKEN"'],
      /^ran\n$/,
    ],
    [['completion', 'bash', '--', 'token', 'bil'], /billing/],
    [['demo', '--json'], /"provider":"billing".*"status":200/],
    [['export', 'hurl', 'billing'], /^GET \{\{baseUrl\}\}\/invoices$/m],
    [['logout', '--all'], /^No token is kept/],
  ]
  for (const [argv, pattern] of alone) await step(argv, pattern)

  await served(
    ['emulator', 'billing', '--port', '0', '--json', '--register', 'billing=public_key.pem'],
    async (line) => {
      const { baseUrl, credentials } = JSON.parse(line).providers.billing
      secret = credentials.apiSecret
      const flags = ['--client-id', credentials.clientId, '--private-key', 'key.pem', '--base-url', baseUrl]
      await step(['init', 'billing', '--yes', '--profile', 'office', ...flags], /./)
      const token = (await step(['token', 'billing'], /^billing-token-\d+\n$/)).trim()
      const steps: readonly Step[] = [
        [['token', 'billing', '--json'], new RegExp(`"value":"${token}"`)],
        [['request', 'billing', 'invoices'], /INV-0001/],
        [['request', 'billing', 'invoices', '--dry-run'], /billing\.access-token/],
        [['whoami', 'billing', '--online', '--json'], /"accepted":true/],
        [['doctor', 'billing', '--online'], /The token call was answered with a token/],
        [['profiles', 'list'], /office +billing/],
        [['completion', 'bash', '--', 'token', 'billing', '--profile', 'of'], /office/],
        [['logout', 'billing'], /is removed from/],
        [['logout', 'billing'], /no token is kept/],
      ]
      for (const [argv, pattern] of steps) await step(argv, pattern)
      await served(['proxy', 'billing', '--port', '0', '--json'], async (announced) => {
        const { baseUrl, secretHeader, secret: pass } = JSON.parse(announced) as Record<string, string>
        const response = await fetch(`${baseUrl}/invoices`, { headers: { [secretHeader ?? '']: pass ?? '' } })
        const body = await response.text()
        if (!body.includes('INV-0001')) problems.push(`the proxy answers ${response.status} ${body}`)
      })
    },
  )
  await served(['playground', '--port', '0', '--json'], async (line) => {
    const { url } = JSON.parse(line) as { url: string }
    const page = await (await fetch(url)).text()
    if (!page.includes('<title>')) problems.push(`the playground serves ${page.slice(0, 200)}`)
  })
  console.log(`${example.name} from a tarball: ${passed} tests and ${steps} commands`)
  return problems
}

async function firstLine(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  for await (const line of createInterface(child.stdout)) {
    child.stdout.resume()
    return line
  }
  throw new Error('it ended without a line')
}
