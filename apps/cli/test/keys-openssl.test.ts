import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { beforeAll, expect, test } from 'vitest'
import { needService } from '../../../tools/services.ts'
import { createScratch, runCommand } from './run-command.ts'

const passphrase = randomBytes(9).toString('base64')
const env = { COUNTERSIGN_PASSPHRASE: passphrase }
const run = async (...parameters: string[]) => {
  const options = { env: { ...process.env, PASSPHRASE: passphrase } }
  const { stdout, stderr } = await promisify(execFile)('openssl', parameters, options)
  return `${stdout}${stderr}`
}
const { privateKey, publicKey } = fixedKeys.rsa2048

beforeAll(() => {
  needService('openssl')
})

test.each([
  ['RS256', /sha256WithRSAEncryption/],
  ['RS384', /sha384WithRSAEncryption/],
  ['RS512', /sha512WithRSAEncryption/],
  ['PS256', /Hash Algorithm: sha256\s+Mask Algorithm: mgf1 with sha256\s+Salt Length: 0x20/i],
  ['PS384', /Hash Algorithm: sha384\s+Mask Algorithm: mgf1 with sha384\s+Salt Length: 0x30/i],
  ['PS512', /Hash Algorithm: sha512\s+Mask Algorithm: mgf1 with sha512\s+Salt Length: 0x40/i],
])('openssl verifies a certificate request signed with %s and reads its subject', async (alg, signature) => {
  await using scratch = await createScratch()
  const out = join(scratch.path, 'request.csr')
  const subject = 'CN=Ex\\, ample, O=Übung,C=DE,emailAddress=a@example.com'
  const argv = ['keys', 'csr', '-', '--subject', subject, '--alg', alg, '--out', out]
  expect((await runCommand(argv, { stdin: privateKey })).exitCode).toBe(0)
  expect(await run('req', '-in', out, '-verify', '-noout')).toContain('verify OK')
  const text = await run(
    'req',
    '-in',
    out,
    '-noout',
    '-text',
    '-subject',
    '-nameopt',
    'RFC2253,-esc_msb,utf8',
  )
  expect(text).toContain('emailAddress=a@example.com,C=DE,O=Übung,CN=Ex\\, ample')
  expect(text).toMatch(signature)
  expect(await run('req', '-in', out, '-noout', '-pubkey')).toBe(publicKey)
})

test('openssl opens what was encrypted here, as PEM and as DER', async () => {
  await using scratch = await createScratch()
  for (const [form, words] of [
    ['pkcs8', []],
    ['der', ['-inform', 'DER']],
  ] as const) {
    const out = join(scratch.path, form)
    const argv = ['keys', 'convert', '-', '--to', form, '--out', out, '--encrypt']
    await runCommand(argv, { stdin: privateKey, env })
    const opened = await run('pkey', '-in', out, ...words, '-passin', 'env:PASSPHRASE')
    expect(opened).toBe(privateKey)
    await expect(run('pkey', '-in', out, ...words, '-passin', 'pass:wrong')).rejects.toThrow()
  }
})

test.each([
  ['pkcs1', ['rsa', '-traditional']],
  ['der', ['pkcs8', '-topk8', '-nocrypt', '-outform', 'DER']],
  ['pkcs1-der', ['rsa', '-traditional', '-outform', 'DER']],
])('--to %s has the bytes that openssl writes', async (form, words) => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', privateKey)
  const [ours, theirs] = [join(scratch.path, 'ours'), join(scratch.path, 'theirs')]
  await runCommand(['keys', 'convert', key, '--to', form, '--out', ours])
  await run(...words, '-in', key, '-out', theirs)
  expect(await readFile(ours)).toEqual(await readFile(theirs))
})

test.each([
  ['pem', ['-pubout']],
  ['der', ['-pubout', '-outform', 'DER']],
  ['pkcs1', ['-RSAPublicKey_out']],
])('the public half as %s has the bytes that openssl writes', async (form, words) => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', privateKey)
  const [ours, theirs] = [join(scratch.path, 'ours'), join(scratch.path, 'theirs')]
  await runCommand(['keys', 'public', key, '--form', form, '--out', ours])
  await run('rsa', '-in', key, ...words, '-out', theirs)
  expect(await readFile(ours)).toEqual(await readFile(theirs))
})

test.each([2048, 3072, 4096])('openssl finds a generated key of %i bits whole', async (bits) => {
  await using scratch = await createScratch()
  const out = join(scratch.path, 'key.pem')
  await runCommand([
    'keys',
    'generate',
    '--bits',
    `${bits}`,
    '--out',
    out,
    '--csr-out',
    join(scratch.path, 'r'),
  ])
  expect(await run('pkey', '-in', out, '-check', '-noout')).toContain('Key is valid')
  expect(await run('req', '-in', join(scratch.path, 'r'), '-verify', '-noout')).toContain('verify OK')
})

test('inspect says the same SHA-256 of the public key as openssl', async () => {
  await using scratch = await createScratch()
  const der = join(scratch.path, 'der')
  await runCommand(['keys', 'public', '-', '--form', 'der', '--out', der], { stdin: privateKey })
  const { stdout } = await runCommand(['keys', 'inspect', '-', '--json'], { stdin: privateKey })
  const hex = /= ([\da-f]+)/.exec(await run('dgst', '-sha256', der))?.[1] ?? ''
  expect(JSON.parse(stdout)).toMatchObject({ spkiSha256: Buffer.from(hex, 'hex').toString('base64') })
})
