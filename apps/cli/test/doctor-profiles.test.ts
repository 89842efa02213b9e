import { chmod } from 'node:fs/promises'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

interface Finding {
  id: string
  provider: string | null
  level: string
  sentence: string
}

async function examine(argv: readonly string[], given: Parameters<typeof runCommand>[1]) {
  const { stdout, exitCode } = await runCommand(['doctor', ...argv, '--json'], given)
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return { findings, exitCode, of: (id: string) => findings.find((finding) => finding.id === id) }
}

test('a profile is configuration: its provider is examined, its source named, its key file looked at', async () => {
  await using server = await startRecordingServer(() => ({ body: '' }))
  await using profiles = await createProfiles(`
[profiles.acme]
provider = "cdata"
accountId = "acme-account"
baseUrl = "${server.url}"
privateKey = "keys/acme.pem"
`)
  await chmod(await profiles.file('keys/acme.pem', fixedKeys.rsa2048.privateKey), 0o640)
  const { env, cwd } = profiles
  for (const argv of [[], ['cdata'], ['--profile', 'acme']]) {
    const { findings, of, exitCode } = await examine(argv, { env, cwd })
    expect(exitCode).toBe(0)
    expect(new Set(findings.map(({ provider }) => provider))).toEqual(new Set([null, 'cdata']))
    expect(of('configuration')?.sentence).toContain('account-id from the profile acme')
    expect(of('configuration')?.sentence).not.toContain('acme-account')
    expect(of('key-file')).toMatchObject({ level: 'warn', sentence: expect.stringContaining('0640') })
    expect(of('dry-run')).toMatchObject({ level: 'ok' })
  }
  const flag = await examine(['cdata', '--account-id', 'x'], { env, cwd })
  expect(flag.of('configuration')?.sentence).toContain('--account-id as a flag')
})

test('what is wrong with profiles is a finding for the provider, and exits 2', async () => {
  const withoutItsKey = `
[profiles.a]
provider = "cdata"
accountId = "a"
privateKey = "gone.pem"
`
  await using profiles = await createProfiles(withoutItsKey)
  const { env, cwd } = profiles
  const gone = await examine(['cdata'], { env, cwd })
  expect(gone.exitCode).toBe(2)
  expect(gone.of('configuration')).toMatchObject({
    level: 'fail',
    sentence: expect.stringContaining('cannot be read (ENOENT)'),
  })
  const unknown = await examine(['cdata', '--profile', 'nobody'], { env, cwd })
  expect(unknown.exitCode).toBe(2)
  expect(unknown.of('configuration')?.sentence).toContain('There is no profile of that name')
})

test('a key that other credentials put aside is not looked at', async () => {
  await using server = await startRecordingServer(() => ({ body: '' }))
  const env = {
    COUNTERSIGN_VICTOR_PRIVATE_KEY: 'no key',
    COUNTERSIGN_VICTOR_CLIENT_SECRET: 'hush-hush-hush',
    COUNTERSIGN_VICTOR_ENVIRONMENT: 'staging',
  }
  const { of, exitCode } = await examine(['victor', '--client-id', 'a', '--base-url', server.url], { env })
  expect(exitCode).toBe(0)
  expect(of('private-key')).toBeUndefined()
})

test('a file of profiles that cannot be read is a finding, with all that was found besides', async () => {
  await using profiles = await createProfiles('[profiles.a')
  const { env, cwd } = profiles
  for (const argv of [[], ['--profile', 'a'], ['cdata']]) {
    const { findings, of, exitCode } = await examine(argv, { env, cwd })
    expect(exitCode).toBe(2)
    expect(findings.map(({ id }) => id)).toContain('proxy')
    expect(of('configuration')).toMatchObject({
      level: 'fail',
      sentence: `CONFIG_INVALID: ${profiles.path} is not valid TOML (line 1, column 2).`,
      fix: 'countersign profiles --help',
    })
  }
})
