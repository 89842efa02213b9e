import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importPublicKey, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSignals, type SignalProcess } from '../src/signals.ts'
import { createScratch, type Scratch } from './run-command.ts'
import { startProcess } from './run-process.ts'
import { send, withProxy } from './with-proxy.ts'

const { rsa2048: old, otherRsa2048: next } = fixedKeys

/** Text that arrives, and a way to wait for a part of it. */
function createLog(): { add(text: string): void; text(): string; until(part: string): Promise<void> } {
  let all = ''
  const waiting = new Set<{ part: string; done(): void }>()
  return {
    add(text) {
      all += text
      for (const each of waiting) if (all.includes(each.part)) each.done()
    },
    text: () => all,
    async until(part) {
      const { promise, resolve } = Promise.withResolvers<void>()
      if (all.includes(part)) return
      waiting.add({ part, done: resolve })
      await promise
    },
  }
}

async function signedBy(
  authorization: string | undefined,
  { publicKey }: { publicKey: string },
): Promise<boolean> {
  const key = await importPublicKey(publicKey, { algorithm: 'RS256' })
  const jwt = authorization?.replace('Bearer ', '') ?? ''
  return verifyJws(jwt, key, { algorithm: 'RS256' }).then(
    () => true,
    () => false,
  )
}

interface Scenario {
  log: ReturnType<typeof createLog>
  /** Whether a request that is sent now is signed by a key. */
  signs(key: { publicKey: string }): Promise<boolean>
  /** What SIGHUP does. */
  hangUp(): void
}

/** A proxy whose key is in a file. */
async function withKeyFile(
  scratch: Scratch,
  path: string,
  use: (scenario: Scenario) => Promise<void>,
  more: readonly string[] = [],
): Promise<void> {
  await using provider = await startRecordingServer()
  const log = createLog()
  const asked = new Set<() => void>()
  const argv = ['cdata', '--base-url', `${provider.url}/api`, '--private-key', path, ...more]
  const onReload = (listener: () => void) => {
    asked.add(listener)
    return () => asked.delete(listener)
  }
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: '', XDG_CONFIG_HOME: scratch.path }
  await withProxy(
    argv,
    async ({ url, pass }) => {
      const signs = async (key: { publicKey: string }) => {
        const { status } = await send(`${url}/api/query`, { headers: pass })
        expect(status).toBe(200)
        return signedBy(provider.requests.at(-1)?.header('authorization'), key)
      }
      const hangUp = () => {
        for (const listener of asked) listener()
      }
      await use({ log, signs, hangUp })
    },
    { env, onReload, onStderr: log.add },
  )
  expect(asked.size).toBe(0)
  expect(log.text()).not.toMatch(/-----|MII[A-Z]/)
}

const replaced = '"event":"credentials.replaced","provider":"cdata"'
const kept = '"event":"credentials.kept","provider":"cdata"'

test('a key file that is replaced by a rename signs from then on', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('key.pem', old.privateKey)
  await withKeyFile(scratch, path, async ({ log, signs }) => {
    expect(await signs(old)).toBe(true)
    await rename(await scratch.file('key.new', next.privateKey), path)
    await log.until(replaced)
    expect(await signs(next)).toBe(true)
  })
})

test('a key whose folder Kubernetes swaps by the link `..data` signs from then on', async () => {
  await using scratch = await createScratch()
  for (const [folder, key] of [
    ['..2026_1', old],
    ['..2026_2', next],
  ] as const) {
    await mkdir(join(scratch.path, folder))
    await writeFile(join(scratch.path, folder, 'key.pem'), key.privateKey)
  }
  await symlink('..2026_1', join(scratch.path, '..data'))
  await symlink('..data/key.pem', join(scratch.path, 'key.pem'))
  await withKeyFile(scratch, join(scratch.path, 'key.pem'), async ({ log, signs }) => {
    expect(await signs(old)).toBe(true)
    await symlink('..2026_2', join(scratch.path, '..data_tmp'))
    await rename(join(scratch.path, '..data_tmp'), join(scratch.path, '..data'))
    await rm(join(scratch.path, '..2026_1'), { recursive: true })
    await log.until(replaced)
    expect(await signs(next)).toBe(true)
  })
})

test('a key file that is written in two halves keeps the old key until it is whole', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('key.pem', old.privateKey)
  await withKeyFile(scratch, path, async ({ log, signs }) => {
    const half = next.privateKey.length / 2
    await writeFile(path, next.privateKey.slice(0, half))
    await log.until(kept)
    expect(await signs(old)).toBe(true)
    await writeFile(path, next.privateKey.slice(half), { flag: 'a' })
    await log.until(replaced)
    expect(await signs(next)).toBe(true)
    const [line = ''] = log.text().match(/.*credentials\.kept.*/) ?? []
    expect(JSON.parse(line)).toMatchObject({ level: 'error', code: 'KEY_TRUNCATED' })
  })
})

const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** A JWK may leave out its primes (RFC 7518, section 6.3.2); WebCrypto cannot sign with it then. */
const withoutPrimes = JSON.stringify(
  Object.fromEntries(
    Object.entries(createPrivateKey(next.privateKey).export({ format: 'jwk' })).filter(([name]) =>
      ['kty', 'n', 'e', 'd'].includes(name),
    ),
  ),
)

test.each([
  ['not a key', 'nothing here', 'KEY_MALFORMED'],
  ['a public key', next.publicKey, 'KEY_NOT_PRIVATE'],
  ['a key that is too short', short, 'KEY_TOO_SHORT'],
  ['a key that can be read and cannot sign', withoutPrimes, 'KEY_MALFORMED'],
])('a file that holds %s keeps the old key, and the log says why, once', async (_what, content, code) => {
  await using scratch = await createScratch()
  const path = await scratch.file('key.pem', old.privateKey)
  await withKeyFile(scratch, path, async ({ log, signs, hangUp }) => {
    await rename(await scratch.file('key.new', content), path)
    await log.until(kept)
    expect(await signs(old)).toBe(true)
    expect(log.text()).toContain(`"code":"${code}"`)
    await rename(await scratch.file('key.same', content), path)
    await rename(await scratch.file('key.new', next.privateKey), path)
    await log.until(replaced)
    expect(log.text().split(kept)).toHaveLength(2)
    hangUp()
    await log.until('"event":"credentials.unchanged"')
    expect(await signs(next)).toBe(true)
  })
})

test('a key file that is gone keeps the old key', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('key.pem', old.privateKey)
  await withKeyFile(scratch, path, async ({ log, signs }) => {
    await rm(path)
    await log.until(kept)
    expect(log.text()).toContain('ENOENT')
    expect(await signs(old)).toBe(true)
  })
})

test('a key from stdin is not asked for again, and the profile beside it is read again', async () => {
  await using scratch = await createScratch()
  await mkdir(join(scratch.path, 'countersign'))
  const file = join(scratch.path, 'countersign', 'countersign.toml')
  const profile = (seconds: number) =>
    `[profiles.work]\nprovider = "cdata"\naccountId = "account-1"\nlifetimeSeconds = ${seconds}\n`
  await writeFile(file, profile(60))
  await using provider = await startRecordingServer()
  const log = createLog()
  const argv = ['cdata', '--base-url', `${provider.url}/api`, '--private-key', '-', '--profile', 'work']
  await withProxy(
    argv,
    async ({ url, pass }) => {
      await writeFile(file, profile(90))
      await log.until(replaced)
      await send(`${url}/api/query`, { headers: pass })
    },
    {
      stdin: old.privateKey,
      env: {
        COUNTERSIGN_CDATA_PRIVATE_KEY: '',
        COUNTERSIGN_CDATA_ACCOUNT_ID: '',
        XDG_CONFIG_HOME: scratch.path,
      },
      onStderr: log.add,
    },
  )
  const jwt = provider.requests.at(-1)?.header('authorization')?.replace('Bearer ', '') ?? ''
  const { exp, iat } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  expect(exp - iat).toBe(90)
})

test('the secret that callers must send follows its file', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('key.pem', old.privateKey)
  const secretFile = await scratch.file('secret', 'the-first-secret-of-this-proxy')
  await using provider = await startRecordingServer()
  const log = createLog()
  const argv = [
    'cdata',
    '--base-url',
    `${provider.url}/api`,
    '--private-key',
    path,
    '--secret-file',
    secretFile,
  ]
  await withProxy(
    argv,
    async ({ url, secretHeader = '' }) => {
      const statusWith = async (secret: string) =>
        (await send(`${url}/api/query`, { headers: { [secretHeader]: secret } })).status
      expect(await statusWith('the-first-secret-of-this-proxy')).toBe(200)
      await rename(await scratch.file('new', 'the-second-secret-of-this-proxy'), secretFile)
      await log.until('"event":"secret.replaced"')
      expect(await statusWith('the-first-secret-of-this-proxy')).toBe(401)
      expect(await statusWith('the-second-secret-of-this-proxy')).toBe(200)
      await rename(await scratch.file('new', 'short'), secretFile)
      await log.until('"event":"secret.kept"')
      expect(await statusWith('the-second-secret-of-this-proxy')).toBe(200)
    },
    { env: { COUNTERSIGN_CDATA_PRIVATE_KEY: '' }, onStderr: log.add },
  )
  expect(log.text()).not.toContain('second-secret')
})

test('SIGHUP makes a running proxy read its key again, and does not end it', async () => {
  await using scratch = await createScratch()
  await using provider = await startRecordingServer()
  const path = await scratch.file('key.pem', old.privateKey)
  const env = {
    COUNTERSIGN_CDATA_ACCOUNT_ID: 'account-1',
    COUNTERSIGN_PROXY_SECRET: 'the-secret-of-this-proxy',
    XDG_CONFIG_HOME: scratch.path,
  }
  const argv = ['proxy', 'cdata', '--json', '--port', '0', '--base-url', provider.url, '--private-key', path]
  const child = startProcess(argv, env)
  const log = createLog()
  child.stderr.setEncoding('utf8').on('data', log.add)
  const [announced] = await once(child.stdout.setEncoding('utf8'), 'data')
  const { url, secretHeader } = JSON.parse(announced)
  const headers = { [secretHeader]: 'the-secret-of-this-proxy' }
  child.kill('SIGHUP')
  await log.until('"event":"credentials.unchanged"')
  await rename(await scratch.file('key.new', next.privateKey), path)
  child.kill('SIGHUP')
  await log.until(replaced)
  await send(`${url}/query`, { headers })
  expect(await signedBy(provider.requests.at(-1)?.header('authorization'), next)).toBe(true)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('a terminal that is closed ends the proxy, though it sends the signal of a reload', () => {
  const listeners: (() => void)[] = []
  const sent: unknown[] = []
  const own = {
    pid: 2,
    on: (name: string, listener: () => void) => name === 'SIGHUP' && listeners.push(listener),
    off: () => undefined,
    kill: (...signal: unknown[]) => sent.push(signal),
  }
  let terminal = true
  const { onReload } = createSignals(own as unknown as SignalProcess, () => terminal)
  onReload(() => sent.push('reload'))
  for (const listener of listeners) listener()
  terminal = false
  for (const listener of listeners) listener()
  expect(sent).toEqual(['reload', [2, 'SIGTERM']])
})
