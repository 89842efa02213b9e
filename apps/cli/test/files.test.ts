import { execFileSync, spawn } from 'node:child_process'
import { link, lstat, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { type FileOperations, writeOutput } from '../src/files.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048

/** A file system that refuses one operation. */
function refusing(name: keyof FileOperations, code: string): FileOperations {
  const refuse = async () => {
    throw Object.assign(new Error(code), { code })
  }
  return { link, rename, [name]: refuse }
}

const base64 = privateKey.replace(/-----[A-Z ]+-----|\n/g, '')
const jwk = JSON.stringify({ kty: 'RSA', d: base64.slice(0, 300) })
const keyTexts = {
  'a PEM': privateKey,
  'its Base64 body': base64,
  'the start of it': base64.slice(0, 40),
  'a part of it with slashes': `${base64.slice(100, 130)}/${base64.slice(130, 160)}`,
  'a JWK': jwk,
  'Base64 of the PEM': Buffer.from(privateKey).toString('base64'),
  'base64url of the JWK': Buffer.from(jwk).toString('base64url'),
  'percent-encoded PEM': encodeURIComponent(privateKey),
  'a client secret': '3f8d0c2b9a7e4156b1c2d3e4f5a60718',
}

test.each(Object.entries(keyTexts))(
  '%s that is passed where a path belongs is never printed',
  async (_title, key) => {
    const environment = ['--environment', 'sandbox']
    const calls: string[][] = [
      ['jwt', 'sign', 'sub=me', '--key', key, '--alg', 'RS256'],
      ['jwt', 'verify', 'a.b.c', '--key', key, '--alg', 'RS256'],
      ['keys', 'inspect', key],
      ['keys', 'public', key],
      ['token', 'speeda', '--client-id', 'a', '--key-id', 'b', '--private-key', key],
      ['token', 'paymentsgate', ...environment, '--account-id', 'a', '--public-key', key],
      ['token', 'paymentsgate', ...environment, '--credentials', key],
      ['token', 'utgl', '--environment', 'emulator', '--method', 'POST', '--uri', '/', '--data', `@${key}`],
      ['explain', 'utgl', `@${key}`],
      ['init', 'speeda', '--client-id', 'a', '--key-id', 'b', '--private-key', key, '--yes'],
      ['keys', 'generate', '--out', `/nowhere/${key}`],
      ['keys', 'csr', '/nowhere', '--subject', 'CN=a', '--out', key],
    ]
    for (const argv of calls) {
      const { stdout, stderr, exitCode } = await runCommand(argv)
      expect({ argv: argv[0], stdout, exitCode }).toEqual({ argv: argv[0], stdout: '', exitCode: 2 })
      for (let at = 0; at + 20 <= key.length; at += 20) expect(stderr).not.toContain(key.slice(at, at + 20))
    }
  },
)

test.each([
  'missing.pem',
  './keys/2026/private_key.pem',
  '/etc/this_file_does_not_exist_2026',
  'my_private_key',
])('a missing file is named by its path: %s', async (path) => {
  const { stderr, exitCode } = await runCommand(['keys', 'inspect', path])
  expect(exitCode).toBe(2)
  expect(stderr).toBe(
    `CONFIG_INVALID: The file ${path} does not exist (ENOENT). Pass a path, or - for stdin.\n`,
  )
})

test('~/ leads to the home folder, also in --flag=~/path', async () => {
  await using scratch = await createScratch()
  await scratch.file('key.pem', privateKey)
  const env = { HOME: scratch.path }
  const outcome = await runCommand(['jwt', 'sign', 'sub=me', '--key=~/key.pem', '--alg', 'RS256'], { env })
  expect(outcome).toMatchObject({ stderr: '', exitCode: 0 })
  const out = await runCommand(['keys', 'public', '~/key.pem', '--out=~/public.pem'], { env })
  expect(out).toMatchObject({ stderr: '', exitCode: 0 })
  expect((await readdir(scratch.path)).sort()).toEqual(['key.pem', 'public.pem'])
})

test('a device is written to, with --force and without, and stays a device', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', privateKey)
  for (const force of [[], ['--force']]) {
    const words = ['keys', 'public', key, '--out', '/dev/null', ...force]
    expect(await runCommand(words)).toMatchObject({ stderr: '', exitCode: 0 })
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true)
  }
  const link = join(scratch.path, 'null')
  await symlink('/dev/null', link)
  expect((await runCommand(['keys', 'public', key, '--out', link, '--force'])).exitCode).toBe(0)
  expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true)
})

test('a pipe is written to, and stays a pipe', async () => {
  await using scratch = await createScratch()
  const pipe = join(scratch.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] })
  const read = text(reader.stdout)
  await writeOutput(pipe, 'content', { secret: true, force: true })
  expect(await read).toBe('content')
  expect((await stat(pipe)).isFIFO()).toBe(true)
})

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP'])(
  'without hard links (%s) a new file is made all the same',
  async (code) => {
    await using scratch = await createScratch()
    const path = join(scratch.path, 'key.pem')
    const options = { secret: true, force: false }
    await writeOutput(path, 'one', options, refusing('link', code))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await expect(writeOutput(path, 'two', options, refusing('link', code))).rejects.toThrow('exists already')
    expect(await readFile(path, 'utf8')).toBe('one')
    expect(await readdir(scratch.path)).toEqual(['key.pem'])
  },
)

test.each(['EBUSY', 'EXDEV'])('a file that is mounted on its own (%s) is written to', async (code) => {
  await using scratch = await createScratch()
  const path = await scratch.file('key.pem', 'before, and longer')
  await writeOutput(path, 'after', { secret: true, force: true }, refusing('rename', code))
  expect(await readFile(path, 'utf8')).toBe('after')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(scratch.path)).toEqual(['key.pem'])
})

test('a read-only place and a missing folder are named', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'key.pem')
  await expect(
    writeOutput(path, 'x', { secret: true, force: true }, refusing('rename', 'EROFS')),
  ).rejects.toThrow(`The file ${path} cannot be written: its file system is read-only (EROFS).`)
  const nowhere = join(scratch.path, 'nowhere', 'key.pem')
  await expect(writeOutput(nowhere, 'x', { secret: true, force: false })).rejects.toThrow(
    `The file ${nowhere} cannot be written: its folder does not exist (ENOENT).`,
  )
  await mkdir(join(scratch.path, 'folder'))
  await writeFile(join(scratch.path, 'folder', 'x'), '')
  await expect(writeOutput(join(scratch.path, 'folder'), 'x', { secret: true, force: true })).rejects.toThrow(
    'is a folder, not a file',
  )
  expect(await readdir(scratch.path)).toEqual(['folder'])
})
