import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Emulator } from '@countersign/core/emulator'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createVictorEmulator } from '@countersign/victor/emulator'
import { serveEmulator } from '../../packages/testing/src/serve-emulator.ts'
import { pack } from '../../tools/packages/tarball.ts'

/**
 * Token calls with constant bodies in Next.js, whose `fetch` answers from a cache unless it is told not to: each
 * call must arrive. Builds and starts one small application per version, with the packages as they are published.
 */
const here = import.meta.dirname
const versions = ['v14', 'current']
const runtimes = ['node', 'edge']
const callsPerRuntime = 3
const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
const run = promisify(execFile)

const packed = mkdtempSync(join(tmpdir(), 'next-'))
const tarballs = ['core', 'victor', 'paymentsgate'].map((name) =>
  pack(join(here, '../../packages', name), packed),
)

/** Puts the application and the packages into the folder of a version, and builds. */
async function build(folder: string): Promise<void> {
  for (const name of ['app', '.next']) rmSync(join(folder, name), { recursive: true, force: true })
  cpSync(join(here, 'app'), join(folder, 'app'), { recursive: true })
  for (const { name, file } of tarballs) {
    const target = join(folder, 'node_modules', name)
    rmSync(target, { recursive: true, force: true })
    mkdirSync(target, { recursive: true })
    await run('tar', ['-xzf', file, '--strip-components=1', '-C', target])
  }
  const next = join(folder, 'node_modules/next/dist/bin/next')
  await run(process.execPath, [next, 'build'], { cwd: folder, env: environment }).catch((error) => {
    throw new Error(`next build failed in ${folder}:\n${error.stdout}\n${error.stderr}`)
  })
}

/** Starts the application, and ends it when disposed. */
async function start(folder: string, env: Record<string, string>) {
  const next = join(folder, 'node_modules/next/dist/bin/next')
  const child = spawn(process.execPath, [next, 'start', '-p', '0', '-H', '127.0.0.1'], {
    cwd: folder,
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill()
    await ended
  }
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(line)?.[0]
    if (url === undefined) continue
    child.stdout.resume()
    return { url, [Symbol.asyncDispose]: stop }
  }
  throw new Error(`next start ended in ${folder}.`)
}

/** A token endpoint without a library: it counts what arrives. */
async function startCounter() {
  let calls = 0
  const server = createServer((_incoming, outgoing) => {
    calls += 1
    outgoing.end(`token-${calls}`)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const stop = async () => {
    server.close()
    server.closeAllConnections()
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, count: () => calls, [Symbol.asyncDispose]: stop }
}

async function call(url: string): Promise<string> {
  const response = await fetch(url)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} was answered ${response.status}: ${text.slice(0, 500)}`)
  return text
}

const tokenCalls = ({ journal }: Emulator<object>) =>
  journal.filter(({ endpoint, status }) => endpoint === 'token' && status === 200).length

/** What did not arrive in one version. */
async function tryVersion(version: string): Promise<string[]> {
  const folder = join(here, version)
  await build(folder)
  const victor = createVictorEmulator()
  const gate = createPaymentsGateEmulator()
  const { clientId, clientSecret } = await victor.register()
  const { accountId, publicKey } = await gate.register()
  await using victorServer = await serveEmulator(victor)
  await using gateServer = await serveEmulator(gate)
  await using counter = await startCounter()
  await using app = await start(folder, {
    VICTOR_URL: victorServer.url,
    GATE_URL: gateServer.url,
    PLATFORM_URL: counter.url,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ACCOUNT_ID: accountId,
    GATE_KEY: publicKey,
  })
  const problems: string[] = []
  for (let number = 1; number <= callsPerRuntime; number++) await call(`${app.url}/platform/${number}`)
  console.log(`${version}: of ${callsPerRuntime} calls by the platform's fetch ${counter.count()} arrived`)
  if (counter.count() >= callsPerRuntime)
    problems.push(`${version}: its cache was not on, so nothing was proved`)
  for (const runtime of runtimes) {
    const before = [tokenCalls(victor), tokenCalls(gate)]
    const answers: string[] = []
    for (let number = 1; number <= callsPerRuntime; number++)
      answers.push(await call(`${app.url}/${runtime}/${number}`))
    const arrived = [tokenCalls(victor), tokenCalls(gate)].map((count, index) => count - (before[index] ?? 0))
    console.log(`${version}, ${runtime}: token calls that arrived: ${arrived.join(' and ')}`)
    if (arrived.some((count) => count !== callsPerRuntime) || new Set(answers).size !== callsPerRuntime)
      problems.push(`${version}, ${runtime}: a token call was answered from the cache`)
  }
  return problems
}

const problems: string[] = []
try {
  for (const version of versions) problems.push(...(await tryVersion(version)))
} finally {
  rmSync(packed, { recursive: true, force: true })
}
for (const problem of problems) console.log(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`Each token call arrives in Next.js: ${versions.join(', ')}.`)
