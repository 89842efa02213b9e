import { createPrivateKey } from 'node:crypto'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { createVictorEmulator } from '@countersign/victor/emulator'
import { expect, test } from 'vitest'
import { createDiskTokenStore, createTokenSeal } from '../src/token-cache/disk-token-store.ts'
import { createScratch, runCommand, type Scratch } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const secret = new TextEncoder().encode('a secret of a credential')
const key = 'a'.repeat(64)
const record = (value: string) => ({
  value,
  scheme: 'Bearer',
  issuedAt: clock.now(),
  expiresAt: clock.now() + 300_000,
})
const pkcs8 = () => new Uint8Array(createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' }))

const directoryOf = (scratch: Scratch) => join(scratch.path, 'countersign')

/** The one file of the cache, opened by a secret. */
async function openOnlyFile(scratch: Scratch, secret: Uint8Array) {
  const files = await readdir(directoryOf(scratch))
  expect(files).toEqual([expect.stringMatching(/^[\da-f]{64}\.jwe$/)])
  const content = await readFile(join(directoryOf(scratch), files[0] ?? ''), 'utf8')
  return { content, text: await createTokenSeal(secret).open(content) }
}

/** Speeda and the variables that its command needs. */
async function speeda(scratch: Scratch) {
  const emulator = createSpeedaEmulator({ clock })
  const server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  const argv = ['token', 'speeda', '--client-id', clientId, '--key-id', keyId, '--base-url', server.url]
  const token = (env: Record<string, string> = {}) =>
    runCommand(argv, {
      clock,
      env: { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey, ...env },
    })
  return { emulator, token, [Symbol.asyncDispose]: server.close }
}

test('a kept token is sealed with what its private key gives, and with nothing else', async () => {
  await using scratch = await createScratch()
  await using scenario = await speeda(scratch)
  await scenario.token()
  const { content, text } = await openOnlyFile(scratch, pkcs8())
  expect(text).toContain('speeda-access-token-1')
  const [header = '', ...parts] = content.split('.')
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'dir', enc: 'A256GCM' })
  expect([parts.length, parts[0]]).toEqual([4, ''])
  await expect(createTokenSeal(secret).open(content)).rejects.toThrow('decryption operation failed')
})

test('the form of the private key does not matter: PKCS#1, a JWK and an encrypted key open the same file', async () => {
  await using scratch = await createScratch()
  await using scenario = await speeda(scratch)
  const keyObject = createPrivateKey(privateKey)
  const passphrase = 'open sesame'
  const forms = [
    keyObject.export({ type: 'pkcs1', format: 'pem' }).toString(),
    JSON.stringify(keyObject.export({ format: 'jwk' })),
    keyObject.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString(),
  ]
  await scenario.token()
  for (const form of forms) {
    const env = { COUNTERSIGN_SPEEDA_PRIVATE_KEY: form }
    const { stdout } = await scenario.token(
      form.includes('ENCRYPTED') ? { ...env, COUNTERSIGN_SPEEDA_PASSPHRASE: passphrase } : env,
    )
    expect(stdout).toBe('speeda-access-token-1\n')
  }
  expect(scenario.emulator.journal).toHaveLength(1)
})

test('a file that cannot be opened is ignored and overwritten', async () => {
  await using scratch = await createScratch()
  await using scenario = await speeda(scratch)
  await scenario.token()
  const [file = ''] = await readdir(directoryOf(scratch))
  const path = join(directoryOf(scratch), file)
  const own = await readFile(path, 'utf8')
  const foreign = await createTokenSeal(secret).close(own)
  for (const [count, content] of ['', 'no JWE', own.slice(0, -4), foreign].entries()) {
    await writeFile(path, content)
    expect(await scenario.token()).toEqual({
      stdout: `speeda-access-token-${count + 2}\n`,
      stderr: '',
      exitCode: 0,
    })
    expect((await openOnlyFile(scratch, pkcs8())).text).toContain(`speeda-access-token-${count + 2}`)
  }
})

test('plain files of versions before are removed, unread; what is not of the cache stays', async () => {
  await using scratch = await createScratch()
  await using scenario = await speeda(scratch)
  await scenario.token()
  const [file = ''] = await readdir(directoryOf(scratch))
  const plain = { until: clock.now() + 300_000, token: record('old-and-plain') }
  await writeFile(join(directoryOf(scratch), file.replace('.jwe', '.json')), JSON.stringify(plain))
  await writeFile(join(directoryOf(scratch), `${key}.json`), JSON.stringify(plain))
  await writeFile(join(directoryOf(scratch), 'notes.json'), '{}')
  expect((await scenario.token()).stdout).toBe('speeda-access-token-1\n')
  expect(await readdir(directoryOf(scratch))).toEqual([file, 'notes.json'].sort())
})

test('a token of Victor OAuth is sealed with the client secret', async () => {
  await using scratch = await createScratch()
  const emulator = createVictorEmulator({ clock, environment: 'staging' })
  await using server = await serveEmulator(emulator)
  const { clientId, clientSecret } = await emulator.register(publicKey)
  const argv = ['token', 'victor', '--environment', 'staging', '--client-id', clientId]
  const env = { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_VICTOR_CLIENT_SECRET: clientSecret }
  const { stdout, exitCode } = await runCommand([...argv, '--base-url', server.url], { env, clock })
  expect(exitCode).toBe(0)
  const { text } = await openOnlyFile(scratch, new TextEncoder().encode(clientSecret))
  expect(text).toContain(stdout.trim())
})

test('a token of PaymentsGate is sealed with the public key, which is its secret', async () => {
  await using scratch = await createScratch()
  const emulator = createPaymentsGateEmulator({ clock })
  await using server = await serveEmulator(emulator)
  const { accountId, publicKey } = await emulator.register()
  const argv = ['token', 'paymentsgate', '--account-id', accountId, '--base-url', server.url]
  const env = { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_PAYMENTSGATE_PUBLIC_KEY: publicKey }
  const { stdout } = await runCommand(argv, { env, clock })
  const { text } = await openOnlyFile(scratch, new TextEncoder().encode(publicKey))
  expect(text).toContain(stdout.trim())
})

test('a record keeps its name: a moved file does not become the token of another source', async () => {
  await using scratch = await createScratch()
  const store = createDiskTokenStore({ directory: scratch.path, secret, now: clock.now })
  await store.set(key, record('one'), { ttlMs: 1_000 })
  expect(await store.get(key)).toEqual(record('one'))
  const other = 'b'.repeat(64)
  await rename(join(scratch.path, `${key}.jwe`), join(scratch.path, `${other}.jwe`))
  expect(await store.get(other)).toBeUndefined()
  expect(await readdir(scratch.path)).toEqual([])
})

test('files are 0600 in a directory that is 0700, also when it was more open before', async () => {
  await using scratch = await createScratch()
  const directory = directoryOf(scratch)
  await mkdir(directory, { mode: 0o755 })
  const store = createDiskTokenStore({ directory, secret, now: clock.now })
  await store.set(key, record('one'), { ttlMs: 1_000 })
  const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
  expect([await mode(directory), await mode(join(directory, `${key}.jwe`))]).toEqual(['700', '600'])
})

test('a directory instead of the file leaves nothing half written', async () => {
  await using scratch = await createScratch()
  await mkdir(join(scratch.path, `${key}.jwe`))
  const store = createDiskTokenStore({ directory: scratch.path, secret, now: clock.now })
  await expect(async () => store.set(key, record('one'), { ttlMs: 1_000 })).rejects.toThrow()
  expect(await readdir(scratch.path)).toEqual([`${key}.jwe`])
})

test('each seal has an initialisation vector of its own', async () => {
  const seal = createTokenSeal(secret)
  const [one, other] = await Promise.all([seal.close('same'), seal.close('same')])
  expect(one).not.toBe(other)
  expect([await seal.open(one), await seal.open(other)]).toEqual(['same', 'same'])
})

test('what was sealed once can be opened by later versions', async () => {
  const sealed = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..3DaRC0u4ZyvPFUBe.5IWQXk_KWw.VHhIhsnjrPYHVWsnCZYckQ'
  expect(await createTokenSeal(secret).open(sealed)).toBe('a token')
})
