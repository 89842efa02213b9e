import { fixedKeys } from '@countersign/fixtures'
import { type RecordingServer, startRecordingServer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048

const call = ['request', 'victor', 'v2/accounts']
const staging = [...call, '--environment', 'staging']
const production = [...call, '--environment', 'production']

/** A profile of production, and an address that is not the documented one. */
async function createBank({ url }: RecordingServer, members = 'environment = "production"') {
  const profiles = await createProfiles(
    `[profiles.bank]\nprovider = "victor"\n${members}\napiKey = "api-key-1"\nprivateKey = "key.pem"\n`,
  )
  await profiles.file('key.pem', privateKey)
  return Object.assign(profiles, { byVariable: { ...profiles.env, COUNTERSIGN_VICTOR_BASE_URL: url } })
}

const fromVariable = (name: string, nearer = '--environment') =>
  `The base URL comes from ${name}, and not from ${nearer}. Unset ${name}, or pass --base-url.\n`

describe('a base URL that is farther than the environment must be of that environment', () => {
  test('that of a variable is used, with a notice beside the environment of a flag', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server)
    const { byVariable } = profiles
    const notice = fromVariable('COUNTERSIGN_VICTOR_BASE_URL')
    const outcome = async (argv: string[], env: Record<string, string>) => {
      const { stderr, exitCode } = await runCommand(argv, { env })
      return { stderr: stderr.replaceAll(/\n(?=\S)/g, ' '), exitCode }
    }
    expect(await outcome(staging, byVariable)).toEqual({ stderr: notice, exitCode: 0 })
    expect(await outcome([...staging, '--quiet'], byVariable)).toEqual({ stderr: '', exitCode: 0 })
    // The profile has the same environment, so the flag asks for nothing else.
    expect(await outcome(production, byVariable)).toEqual({ stderr: '', exitCode: 0 })
    const both = { ...byVariable, COUNTERSIGN_VICTOR_ENVIRONMENT: 'staging' }
    expect(await outcome(staging, both)).toEqual({ stderr: '', exitCode: 0 })
    expect(await outcome(production, both)).toEqual({ stderr: notice, exitCode: 0 })
    expect(server.requests).toHaveLength(5)
    const flag = [...staging, '--base-url', server.url]
    expect(await outcome(flag, byVariable)).toEqual({ stderr: '', exitCode: 0 })
    const emulator = [...staging, '--environment', 'emulator']
    expect(await outcome(emulator, byVariable)).toEqual({ stderr: '', exitCode: 0 })
    expect(server.requests).toHaveLength(6)
  })

  test('the file of a variable is named as it is set', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server)
    const path = await profiles.file('base-url', `${server.url}\n`)
    const env = { ...profiles.env, COUNTERSIGN_VICTOR_BASE_URL_FILE: path }
    const { stderr } = await runCommand(staging, { env })
    expect(stderr).toContain('comes from COUNTERSIGN_VICTOR_BASE_URL_FILE, and not from --environment.')
    expect(server.requests).toHaveLength(1)
  })

  test('the base URL of a profile, and the environment of a flag or a variable', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server, `environment = "production"\nbaseUrl = "${server.url}"`)
    const { env } = profiles
    const refused = await runCommand(staging, { env })
    expect(refused.stderr).toContain(
      '--environment would not change the base URL, which comes from the profile bank. Pass --base-url too, or use a different profile.',
    )
    expect(refused.exitCode).toBe(2)
    const variable = await runCommand(call, { env: { ...env, COUNTERSIGN_VICTOR_ENVIRONMENT: 'staging' } })
    expect(variable.stderr).toContain('COUNTERSIGN_VICTOR_ENVIRONMENT would not change the base URL')
    expect(server.requests).toHaveLength(0)
    expect((await runCommand(production, { env })).exitCode).toBe(0)
    expect((await runCommand([...staging, '--base-url', server.url], { env })).exitCode).toBe(0)
    expect((await runCommand([...staging, '--dry-run', '--environment', 'emulator'], { env })).exitCode).toBe(
      0,
    )
    expect(server.requests).toHaveLength(2)
  })

  test('an address that says of no environment is not that of production', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server, `baseUrl = "${server.url}"`)
    const { env } = profiles
    expect((await runCommand(production, { env })).exitCode).toBe(2)
    expect(server.requests).toHaveLength(0)
    expect((await runCommand([...production, '--base-url', server.url], { env })).exitCode).toBe(0)
    expect(server.requests).toHaveLength(1)
  })

  test('export has the same rule', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server, `environment = "production"\nbaseUrl = "${server.url}"`)
    const { env } = profiles
    const argv = ['export', 'hurl', 'victor']
    const refused = await runCommand([...argv, '--environment', 'staging'], { env })
    expect(refused.stderr).toContain('--environment would not change the base URL')
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect((await runCommand(argv, { env })).stdout).toContain('http://127.0.0.1:4500')
  })

  test('a variable replaces the address of a profile, whose environment is farther', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server)
    expect((await runCommand(call, { env: profiles.byVariable })).exitCode).toBe(0)
    expect(server.requests).toHaveLength(1)
  })

  test('an empty environment is not that of a variable or a profile', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server)
    const { stderr, exitCode } = await runCommand([...call, '--environment', ''], {
      env: profiles.byVariable,
    })
    expect(stderr).toContain('--environment (COUNTERSIGN_VICTOR_ENVIRONMENT) must be production, staging or')
    expect(exitCode).toBe(2)
    expect(server.requests).toHaveLength(0)
  })
})

test('the token URL of a variable is used, with a notice beside the issuer of a flag', async () => {
  await using server = await startRecordingServer()
  const { url } = server
  const env = { COUNTERSIGN_OAUTH_PRIVATE_KEY: privateKey, COUNTERSIGN_OAUTH_TOKEN_URL: `${url}/token` }
  const token = ['token', 'oauth', '--client-id', 'client-1', '--base-url', url, '--no-cache']
  const byIssuer = [...token, '--issuer', 'https://login.example.com']
  const notice = 'The token URL comes from COUNTERSIGN_OAUTH_TOKEN_URL, and not from --issuer.'
  const noticed = async (argv: string[], more = {}) =>
    (await runCommand(argv, { env: { ...env, ...more } })).stderr.includes(notice)
  const withIssuer = { COUNTERSIGN_OAUTH_ISSUER: 'https://login.example.com' }
  expect(await noticed(byIssuer)).toBe(true)
  expect(await noticed(byIssuer, withIssuer)).toBe(false)
  expect(await noticed(token, withIssuer)).toBe(false)
  expect(await noticed([...byIssuer, '--token-url', `${url}/other`])).toBe(false)
  expect(server.requests.map(({ target }) => target)).toEqual(['/token', '/token', '/token', '/other'])
})

test('an issuer that is nearer than the token URL of a profile is not replaced by it', async () => {
  await using server = await startRecordingServer()
  const { url } = server
  await using profiles = await createProfiles(
    `[profiles.mine]\nprovider = "oauth"\nclientId = "client-1"\nbaseUrl = "${url}"\ntokenUrl = "${url}/token"\nprivateKey = "key.pem"\n`,
  )
  await profiles.file('key.pem', privateKey)
  const argv = ['token', 'oauth', '--no-cache', '--issuer', 'https://login.example.com']
  const { stderr, exitCode } = await runCommand(argv, { env: profiles.env })
  expect(stderr).toBe(
    'CONFIG_INVALID: oauth: --issuer would not change the token URL, which comes from the profile mine. Pass --token-url too, or use a different profile.\n',
  )
  expect(exitCode).toBe(2)
  expect(server.requests).toHaveLength(0)
})
