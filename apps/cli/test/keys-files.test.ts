import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { askSecret } from '../src/ask-secret.ts'
import { writeOutput } from '../src/files.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048
const passphrase = 'correct horse battery staple'
const sealed = createPrivateKey(privateKey)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
  .toString()

describe('a key file', () => {
  test('is written by one of many who try at once, whole', async () => {
    await using scratch = await createScratch()
    const path = join(scratch.path, 'key.pem')
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000))
    const all = contents.map((content) => writeOutput(path, content, { secret: true, force: false }))
    const outcomes = await Promise.allSettled(all)
    const winners = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(await readFile(path, 'utf8')).toBe(contents[winners[0] ?? -1])
    expect(await readdir(scratch.path)).toEqual(['key.pem'])
  })

  test('is never seen half, nor readable by others, while it is replaced', async () => {
    await using scratch = await createScratch()
    const path = join(scratch.path, 'key.pem')
    await writeOutput(path, 'x'.repeat(1_000_000), { secret: true, force: false })
    let writing = true
    const seen = new Set<string>()
    const watch = async () => {
      while (writing) {
        const names = await readdir(scratch.path)
        for (const name of names) {
          const found = await stat(join(scratch.path, name)).catch(() => undefined)
          if (found === undefined) continue
          seen.add(`${(found.mode & 0o777).toString(8)} ${name === 'key.pem' ? found.size : 'aside'}`)
        }
      }
    }
    const watching = watch()
    for (let round = 0; round < 20; round++)
      await writeOutput(path, 'x'.repeat(1_000_000), { secret: true, force: true })
    writing = false
    await watching
    expect([...seen].sort().filter((fact) => fact !== '600 aside')).toEqual(['600 1000000'])
  })

  test('that cannot be written leaves nothing behind', async () => {
    await using scratch = await createScratch()
    await scratch.file('key.pem', 'kept')
    const failing = writeOutput(join(scratch.path, 'key.pem', 'within'), 'x', { secret: true, force: true })
    await expect(failing).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(writeOutput(scratch.path, 'x', { secret: true, force: true })).rejects.toThrow(
      'is a folder, not a file',
    )
    expect(await readdir(scratch.path)).toEqual(['key.pem'])
  })
})

describe('a person who is asked for a passphrase', () => {
  test('sees the question and nothing of the answer', async () => {
    const input = new PassThrough()
    const shown: string[] = []
    const output = { write: (chunk: string | Uint8Array) => shown.push(String(chunk)) > 0 }
    const answer = askSecret('Passphrase: ', { input, output })
    input.write('hunter2\r')
    expect(await answer).toBe('hunter2')
    expect(shown.join('')).toBe('Passphrase: \n')
  })

  test('who goes away has given none', async () => {
    const input = new PassThrough()
    const answer = askSecret('Passphrase: ', { input, output: { write: () => true } })
    input.end()
    await expect(answer).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('who presses Ctrl-C has cancelled, as at every other question', async () => {
    const input = new PassThrough()
    const answer = askSecret('Passphrase: ', { input, output: { write: () => true } })
    input.write('hunt\u0003')
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED', message: 'nothing was written.' })
  })
})

describe('an encrypted key of a provider', () => {
  const token = (env: Record<string, string>, ...more: string[]) =>
    runCommand(['token', 'cdata', '--account-id', 'example', ...more], { env })

  test.each(['a file', 'a variable'])("is opened by that provider's variable: %s", async (place) => {
    await using scratch = await createScratch()
    const file = await scratch.file('key.pem', sealed)
    const words = place === 'a file' ? ['--private-key', file] : []
    const env: Record<string, string> = place === 'a file' ? {} : { COUNTERSIGN_CDATA_PRIVATE_KEY: sealed }
    const name = 'COUNTERSIGN_CDATA_PASSPHRASE'
    expect(await token({ ...env, [name]: passphrase }, ...words)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^eyJ/),
    })
    for (const [more, code] of [
      [{}, 'KEY_ENCRYPTED'],
      [{ COUNTERSIGN_PASSPHRASE: passphrase }, 'KEY_ENCRYPTED'],
      [{ [name]: 'wrong' }, 'KEY_PASSPHRASE_WRONG'],
    ] as const) {
      const outcome = await token({ ...env, ...more } as Record<string, string>, ...words)
      expect(outcome).toMatchObject({ exitCode: 3, stdout: '' })
      expect(outcome.stderr).toMatch(new RegExp(`^${code}: cdata: .*${name}`))
    }
  })

  test('a passphrase beside a key that needs none does no harm', async () => {
    const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey, COUNTERSIGN_CDATA_PASSPHRASE: passphrase }
    expect(await token(env)).toMatchObject({ exitCode: 0 })
  })
})

describe('the credentials file of PaymentsGate', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  const file = JSON.stringify({
    account_id: 'from-file',
    private_key: encode(privateKey),
    public_key: encode(fixedKeys.rsa2048.publicKey),
  })
  const plan = async (argv: readonly string[], stdin: string, env = {}) => {
    const command = ['request', 'paymentsgate', '/deals/1', '--environment', 'sandbox', '--dry-run', '--json']
    return runCommand([...command, ...argv], { stdin, env })
  }

  test('fills in account id and public key, before variables and after flags', async () => {
    const account = async (argv: readonly string[], env = {}) => {
      const { stdout } = await plan(argv, file, env)
      const { requests } = JSON.parse(stdout) as { requests: { fields: { account_id: string } | null }[] }
      return requests[0]?.fields?.account_id
    }
    const env = { COUNTERSIGN_PAYMENTSGATE_ACCOUNT_ID: 'from-variable' }
    expect(await account(['--credentials', '-'])).toBe('from-file')
    expect(await account(['--credentials', '-'], env)).toBe('from-file')
    expect(await account(['--credentials', '-', '--account-id', 'from-flag'], env)).toBe('from-flag')
  })

  test.each([
    ['another file', ['--credentials', '-'], 'no json', 'credentials file is not a JSON'],
    [
      'a file without public key',
      ['--credentials', '-'],
      '{"account_id":"a"}',
      'missing from the credentials file',
    ],
    ['no file', ['--credentials', '/nowhere'], '', '/nowhere (--credentials) does not exist (ENOENT)'],
  ])('%s is a usage error', async (_what, argv, stdin, words) => {
    const outcome = await plan(argv, stdin)
    expect(outcome).toMatchObject({ stdout: '', exitCode: 2 })
    expect(outcome.stderr).toContain(words)
  })

  test('is not an option of the others, nor of a public key', async () => {
    const foreign = await runCommand(['token', 'cdata', '--credentials', '-'], { stdin: file })
    expect(foreign).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--credentials is not an option'),
    })
    const mistaken = await plan(['--account-id', 'a', '--public-key', '-'], file)
    expect(mistaken).toMatchObject({ exitCode: 3, stdout: '' })
    expect(mistaken.stderr).not.toContain(encode(privateKey).slice(100, 140))
  })
})

test('a process writes into the folder that it runs in, under the names that its help gives', async () => {
  await using scratch = await createScratch()
  const bin = new URL('../src/bin.ts', import.meta.url).pathname
  const options = { cwd: scratch.path, env: { PATH: process.env['PATH'] } }
  const argv = ['--conditions=@countersign/source', bin, 'keys', 'generate', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, argv, options)
  expect(JSON.parse(stdout)).toMatchObject({
    privateKeyFile: 'private_key.pem',
    publicKeyFile: 'public_key.pem',
  })
  expect((await readdir(scratch.path)).sort()).toEqual(['private_key.pem', 'public_key.pem'])
  expect((await stat(join(scratch.path, 'private_key.pem'))).mode & 0o777).toBe(0o600)
  const again = promisify(execFile)(process.execPath, argv, options)
  await expect(again).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('--force'),
  })
})

test('no more is read of an endless key file than a key may have', async () => {
  const inputs = [
    ['token', 'cdata', '--account-id', 'a', '--private-key', '/dev/zero'],
    ['keys', 'inspect', '/dev/zero'],
    ['keys', 'public', '/dev/zero'],
    ['jwt', 'sign', '--alg', 'RS256', '--key', '/dev/zero', '--claims', '{}'],
    ['explain', 'speeda', 'a.b.c', '--key', '/dev/zero'],
    ['emulator', 'speeda', '--register', 'speeda=/dev/zero'],
  ]
  for (const argv of inputs) {
    const { stdout, exitCode } = await runCommand(argv)
    expect({ argv, stdout, failed: exitCode > 0 }).toEqual({ argv, stdout: '', failed: true })
  }
})
