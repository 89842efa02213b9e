import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createFixedClock, serveEmulator, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { billing, createPackageHome } from './install-package.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()

test('a refusal that is repeated without a call is said to be one, and when the provider can be asked', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ status: 401, body: '{"error":"invalid_client"}' }))
  const flags = ['--client-id', 'client-1', '--key-id', 'key-1', '--base-url', server.url]
  const env = { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey }
  const force = () => runCommand(['token', 'speeda', ...flags, '--force'], { env, clock })
  const first = await force()
  expect(first).toMatchObject({ stdout: '', exitCode: 4 })
  expect(first.stderr).not.toContain('not asked again')
  clock.advance(3_000)
  const second = await force()
  expect(second).toMatchObject({ stdout: '', exitCode: 4 })
  expect(second.stderr).toBe(
    `The provider was not asked again: it refused these credentials less than 5 s ago. It can be asked in 2 s.\n${first.stderr}`,
  )
  expect(server.requests).toHaveLength(1)
  clock.advance(3_000)
  expect((await force()).stderr).toBe(first.stderr)
  expect(server.requests).toHaveLength(2)
})

test.each([
  ['a folder that leads to itself', (path: string) => symlink('countersign', path), 'ELOOP'],
  ['a file instead of the folder', (path: string) => symlink('/dev/null', path), 'EEXIST'],
])('a token cache that is %s is named once, and the token is printed', async (_what, make, code) => {
  await using scratch = await createScratch()
  const emulator = createSpeedaEmulator({ clock })
  await using server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  await make(join(scratch.path, 'countersign'))
  const flags = ['--client-id', clientId, '--key-id', keyId, '--base-url', server.url]
  const env = { XDG_CACHE_HOME: scratch.path, HOME: scratch.path, COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey }
  const argv = ['token', 'speeda', ...flags]
  const { stdout, stderr, exitCode } = await runCommand(argv, { env, clock })
  expect({ stdout, exitCode }).toEqual({ stdout: 'speeda-access-token-1\n', exitCode: 0 })
  expect(stderr).toMatch(
    new RegExp(
      `^The token cache, ~/countersign, cannot be used \\(${code}\\): the token is not kept\\. Fix: .+\\n$`,
    ),
  )
  expect((await runCommand([...argv, '--quiet'], { env, clock })).stderr).toBe('')
  expect((await runCommand([...argv, '--no-cache'], { env, clock })).stderr).toBe('')
})

test('--version --json has the versions of what runs, and names packages without running them', async () => {
  await using scratch = await createScratch()
  const home = await createPackageHome(scratch)
  const folder = await home.install(billing)
  await mkdir(join(scratch.path, 'work'))
  await home.configure(`providers = ["${billing}", "@acme/missing"]\n`)
  const { stdout, stderr, exitCode } = await runCommand(['--version', '--json'], { env: home.env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(JSON.parse(stdout)).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    providers: expect.arrayContaining(['speeda', 'utgl']),
    packages: [
      { name: billing, version: '1.0.0', folder, error: null },
      {
        name: '@acme/missing',
        version: null,
        folder: null,
        error: expect.stringContaining('is not installed'),
      },
    ],
  })
  expect((await runCommand(['--version'], { env: home.env })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
