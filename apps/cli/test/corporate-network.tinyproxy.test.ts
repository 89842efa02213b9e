import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator } from '@countersign/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needService } from '../../../tools/services.ts'
import { type Certificates, createCertificates } from './create-certificates.ts'
import { createScratch, type Scratch } from './run-command.ts'
import { runProcess, startProcess } from './run-process.ts'
import { startTinyproxy } from './start-tinyproxy.ts'

let made: Scratch
let certificates: Certificates

beforeAll(async () => {
  needService('tinyproxy')
  made = await createScratch()
  certificates = await createCertificates(made)
})
afterAll(() => made[Symbol.asyncDispose]())

/** A provider over TLS on this computer, and a process of the command that speaks to it. */
async function openNetwork() {
  const scratch = await createScratch()
  const emulator = createSpeedaEmulator()
  const credentials = await emulator.register(fixedKeys.rsa2048.publicKey)
  const told: (string | null)[] = []
  const fetch: typeof emulator.fetch = (request, options) => {
    told.push((request as Request).headers.get('proxy-authorization'))
    return emulator.fetch(request, options)
  }
  const served = await serveEmulator({ fetch }, certificates.server)
  const host = `localhost:${new URL(served.url).port}`
  const env = {
    HOME: scratch.path,
    COUNTERSIGN_SPEEDA_CLIENT_ID: credentials.clientId,
    COUNTERSIGN_SPEEDA_KEY_ID: credentials.keyId,
    COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
    NODE_EXTRA_CA_CERTS: certificates.authority,
  }
  const where = ['--base-url', `https://${host}`]
  const call = ['request', 'speeda', 'private-company/v1/companies?country=KOR', ...where]
  return {
    scratch,
    /** What the provider was told of the proxy's user, by each request. */
    told,
    host,
    where,
    call,
    env,
    run: (argv: readonly string[], more: Record<string, string>) => runProcess(argv, { ...env, ...more }),
    paths: () => emulator.journal.map(({ path, status }) => `${path} ${status}`),
    async [Symbol.asyncDispose]() {
      await served.close()
      await scratch[Symbol.asyncDispose]()
    },
  }
}

const answered = ['/token 200', '/private-company/v1/companies 200']

test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])(
  'the token call and the API call go through the proxy of %s, and end in a process that ends',
  async (variable) => {
    await using network = await openNetwork()
    await using proxy = await startTinyproxy(network.scratch)
    const { stdout, stderr, exitCode } = await network.run(network.call, { [variable]: proxy.url })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).not.toBe('')
    expect(network.paths()).toEqual(answered)
    // Both calls share a connection where the server keeps it open, and none goes elsewhere.
    expect(new Set(proxy.asked())).toEqual(new Set([`CONNECT ${network.host}`]))
  },
)

test('token call and API call ask the proxy each; without it nothing is reached', async () => {
  await using network = await openNetwork()
  const proxy = await startTinyproxy(network.scratch)
  const { url } = proxy
  const env = { HTTPS_PROXY: url }
  expect((await network.run(['token', 'speeda', ...network.where], env)).exitCode).toBe(0)
  expect(proxy.asked()).toEqual([`CONNECT ${network.host}`])
  // The token is kept: what is called now is the API alone.
  expect((await network.run(network.call, env)).exitCode).toBe(0)
  expect(proxy.asked()).toEqual([`CONNECT ${network.host}`, `CONNECT ${network.host}`])
  expect(network.paths()).toEqual(answered)
  await proxy[Symbol.asyncDispose]()
  const { stdout, stderr, exitCode } = await network.run(network.call, env)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 })
  expect(stderr).toContain(`NETWORK: The proxy ${url} (HTTPS_PROXY) refuses connections`)
  expect(network.paths()).toEqual(answered)
})

test.each(['NO_PROXY', 'no_proxy'])('a host that %s names is called without the proxy', async (variable) => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch)
  const env = { HTTPS_PROXY: proxy.url, [variable]: 'internal.example, localhost' }
  const { stderr, exitCode } = await network.run(network.call, env)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(network.paths()).toEqual(answered)
  expect(proxy.asked()).toEqual([])
})

test('NO_PROXY also holds where Node itself is told to follow the variables', async () => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch)
  const env = { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.0/8', NODE_USE_ENV_PROXY: '1' }
  const argv = network.call.map((word) => word.replace('localhost', '127.0.0.1'))
  expect(await network.run(argv, env)).toMatchObject({ stderr: '', exitCode: 0 })
  expect(network.paths()).toEqual(answered)
  expect(proxy.asked()).toEqual([])
})

test('a certificate of an authority that is not known here is refused behind the proxy too', async () => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch)
  const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: '' }
  const { stdout, stderr, exitCode } = await network.run(network.call, env)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 })
  expect(stderr).toMatch(/NETWORK: speeda: .*\((SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)/)
  expect(network.paths()).toEqual([])
})

test('a proxy that knows its users is told name and password, and nobody else is', async () => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch, 'ada s3cret-pass')
  const { host } = new URL(proxy.url)
  const env = { HTTPS_PROXY: `http://ada:s3cret-pass@${host}` }
  const { stderr, exitCode } = await network.run([...network.call, '--verbose'], env)
  expect(exitCode).toBe(0)
  expect(stderr).not.toContain('s3cret-pass')
  expect(network.paths()).toEqual(answered)
  expect(network.told).toEqual([null, null])
})

test.each([
  ['', 'requires a user name and password (407)'],
  ['ada:wr0ng-pass@', 'rejects the user name and password of HTTPS_PROXY (401)'],
])('a proxy that refuses the user %j is named, its password is not', async (user, problem) => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch, 'ada s3cret-pass')
  const { host } = new URL(proxy.url)
  const { stdout, stderr, exitCode } = await network.run([...network.call, '--verbose'], {
    HTTPS_PROXY: `http://${user}${host}`,
  })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 })
  expect(stderr).toContain(`NETWORK: The proxy ${proxy.url} (HTTPS_PROXY) ${problem}`)
  expect(stderr).not.toMatch(/wr0ng-pass|ada:/)
  // What is refused is not tried again.
  expect(proxy.asked()).toHaveLength(1)
  expect(network.paths()).toEqual([])
})

test('doctor shows the proxy without its password, and asks through it', async () => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch, 'ada s3cret-pass')
  const { host } = new URL(proxy.url)
  const doctor = ['doctor', 'speeda', '--online', ...network.where, '--json']
  const env = { HTTPS_PROXY: `http://ada:s3cret-pass@${host}` }
  const { stdout, stderr, exitCode } = await network.run(doctor, env)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).not.toContain('s3cret-pass')
  const { findings } = JSON.parse(stdout) as { findings: { id: string; sentence: string }[] }
  const sentence = (wanted: string) => findings.find(({ id }) => id === wanted)?.sentence
  expect(sentence('proxy')).toBe(`Calls go through the proxy ${proxy.url} (HTTPS_PROXY).`)
  expect(sentence('connection')).toMatch(/answered 401 after .* ms, through the proxy\.$/)
  expect(proxy.asked().length).toBeGreaterThan(0)
})

test('the emulator on this computer is reached over http whatever proxies are set', async () => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch)
  const emulator = createSpeedaEmulator()
  const { clientId, keyId } = await emulator.register(fixedKeys.rsa2048.publicKey)
  await using served = await serveEmulator(emulator)
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' }
  const flags = ['--client-id', clientId, '--key-id', keyId, '--base-url', served.url]
  const { stderr, exitCode } = await network.run(['token', 'speeda', ...flags], env)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(emulator.journal.map(({ path }) => path)).toEqual(['/token'])
  expect(proxy.asked()).toEqual([])
})

test('exec gets its token, and the signing proxy sends what it signed, through the proxy', async () => {
  await using network = await openNetwork()
  await using proxy = await startTinyproxy(network.scratch)
  const { host, where } = network
  const env = { HTTPS_PROXY: proxy.url }
  const child = ['--', process.execPath, '--version']
  const { stdout, exitCode } = await network.run(['exec', 'speeda', ...where, ...child], env)
  expect({ stdout, exitCode }).toEqual({ stdout: `${process.version}\n`, exitCode: 0 })
  expect(proxy.asked()).toEqual([`CONNECT ${host}`])
  const signing = startProcess(['proxy', 'speeda', '--port', '0', '--json', ...where], {
    ...network.env,
    ...env,
  })
  const ended = once(signing, 'exit')
  try {
    const silent = ended.then(async () => {
      throw new Error(`The signing proxy did not listen: ${await text(signing.stderr)}`)
    })
    const [line] = (await Promise.race([once(signing.stdout, 'data'), silent])) as [Buffer]
    const { url, secretHeader, secret } = JSON.parse(line.toString()) as Record<string, string>
    const headers = { [secretHeader ?? '']: secret ?? '' }
    const answer = await fetch(`${url}/private-company/v1/companies?country=KOR`, { headers })
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('{')])
  } finally {
    signing.kill('SIGTERM')
    await ended
  }
  expect(new Set(proxy.asked().slice(1))).toEqual(new Set([`CONNECT ${host}`]))
  expect(network.paths().at(-1)).toBe('/private-company/v1/companies 200')
})
