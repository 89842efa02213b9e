import { createPrivateKey, hkdfSync } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { createVictorEmulator } from '@countersign/victor/emulator'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { expect, test } from 'vitest'
import { createTokenSeal } from '../src/token-cache/token-seal.ts'
import { createScratch, runCommand, type Scratch } from './run-command.ts'
import { newestFile } from './token-files.ts'

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

/** The newest file of the cache, opened by a secret. */
async function openNewestFile(scratch: Scratch, secret: Uint8Array) {
  const path = await newestFile(directoryOf(scratch))
  const content = (await readFile(path, 'utf8')).trimEnd()
  return { path, content, text: createTokenSeal(secret).open(content) }
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
  const { content, text } = await openNewestFile(scratch, pkcs8())
  expect(text).toContain('speeda-access-token-1')
  const [header = '', ...parts] = content.split('.')
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'dir', enc: 'A256GCM' })
  expect([parts.length, parts[0]]).toEqual([4, ''])
  expect(() => createTokenSeal(secret).open(content)).toThrow()
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

test('a file that cannot be opened is ignored, and another follows it', async () => {
  await using scratch = await createScratch()
  await using scenario = await speeda(scratch)
  await scenario.token()
  const damages: ((own: string) => string | Promise<string>)[] = [
    () => '',
    () => 'no JWE\n',
    (own) => own.slice(0, -20),
    (own) => `${own.slice(0, -20)}\n`,
    (own) => createTokenSeal(secret).close(own),
  ]
  for (const [count, damage] of damages.entries()) {
    const path = await newestFile(directoryOf(scratch))
    await writeFile(path, await damage(await readFile(path, 'utf8')))
    const expected = { stdout: `speeda-access-token-${count + 2}\n`, stderr: '', exitCode: 0 }
    for (const _time of ['first', 'again']) expect(await scenario.token()).toEqual(expected)
    expect((await openNewestFile(scratch, pkcs8())).text).toContain(`speeda-access-token-${count + 2}`)
  }
})

test('files of versions before are removed, unread; what is not of the cache stays', async () => {
  await using scratch = await createScratch()
  await using scenario = await speeda(scratch)
  const directory = directoryOf(scratch)
  await mkdir(directory)
  const plain = JSON.stringify({ until: clock.now() + 300_000, token: record('old-and-plain') })
  const sealed = createTokenSeal(pkcs8()).close(plain)
  await writeFile(join(directory, `${key}.json`), plain)
  await writeFile(join(directory, `${key}.jwe`), sealed)
  await writeFile(join(directory, `${key}.lock`), '{}')
  await writeFile(join(directory, 'notes.json'), '{}')
  expect((await scenario.token()).stdout).toBe('speeda-access-token-1\n')
  const left = (await readdir(directory)).filter((name) => !/^[\da-f]{64}\.\d+\.jwe$/.test(name))
  expect(left).toEqual(['notes.json'])
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
  const { text } = await openNewestFile(scratch, new TextEncoder().encode(clientSecret))
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
  const { text } = await openNewestFile(scratch, new TextEncoder().encode(publicKey))
  expect(text).toContain(stdout.trim())
})

test('each seal has an initialisation vector of its own', () => {
  const seal = createTokenSeal(secret)
  const [one, other] = [seal.close('same'), seal.close('same')]
  expect(one).not.toBe(other)
  expect([seal.open(one), seal.open(other)]).toEqual(['same', 'same'])
})

test('what was sealed once can be opened by later versions', () => {
  const sealed = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..3DaRC0u4ZyvPFUBe.5IWQXk_KWw.VHhIhsnjrPYHVWsnCZYckQ'
  expect(createTokenSeal(secret).open(sealed)).toBe('a token')
})

test('a seal is a JWE that jose opens and makes', async () => {
  const key = new Uint8Array(
    hkdfSync('sha256', secret, 'countersign/token-cache', 'countersign/token-cache/v1/A256GCM', 32),
  )
  const seal = createTokenSeal(secret)
  const { plaintext, protectedHeader } = await compactDecrypt(seal.close('a token'), key)
  expect([new TextDecoder().decode(plaintext), protectedHeader]).toEqual([
    'a token',
    { alg: 'dir', enc: 'A256GCM' },
  ])
  const sealing = new CompactEncrypt(new TextEncoder().encode('another'))
  const made = await sealing.setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key)
  expect(seal.open(made)).toBe('another')
})

test('what is not whole, has another header or a shorter tag is not opened', () => {
  const seal = createTokenSeal(secret)
  const sealed = seal.close('a token')
  const parts = sealed.split('.')
  const changed = (at: number, part: string) =>
    parts.map((own, index) => (index === at ? part : own)).join('.')
  for (const text of [
    '',
    'no JWE',
    parts.slice(0, 4).join('.'),
    `${sealed}.`,
    changed(0, Buffer.from('{"alg":"dir","enc":"A128GCM"}').toString('base64url')),
    changed(1, 'AAAA'),
    changed(2, ''),
    changed(3, 'AAAA'),
    changed(4, ''),
    changed(4, (parts[4] ?? '').slice(0, 6)),
  ])
    expect(() => seal.open(text), text).toThrow()
})
