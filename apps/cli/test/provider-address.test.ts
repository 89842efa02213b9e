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

describe('a base URL that is farther than the environment must be of that environment', () => {
  test('the base URL of a variable, and the environment of a flag', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server)
    const { byVariable } = profiles
    const refused = await runCommand(staging, { env: byVariable })
    expect(refused.stderr).toBe(
      'CONFIG_INVALID: victor: --environment would not change the base URL, which comes from the variable COUNTERSIGN_VICTOR_BASE_URL. Pass --base-url too, or unset COUNTERSIGN_VICTOR_BASE_URL.\n',
    )
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(server.requests).toHaveLength(0)
    // The profile has the same environment, so the flag asks for nothing else.
    expect((await runCommand(production, { env: byVariable })).exitCode).toBe(0)
    const both = { ...byVariable, COUNTERSIGN_VICTOR_ENVIRONMENT: 'staging' }
    expect((await runCommand(staging, { env: both })).exitCode).toBe(0)
    expect((await runCommand(production, { env: both })).exitCode).toBe(2)
    expect((await runCommand([...staging, '--base-url', server.url], { env: byVariable })).exitCode).toBe(0)
    expect((await runCommand([...staging, '--environment', 'emulator'], { env: byVariable })).exitCode).toBe(
      0,
    )
    expect(server.requests).toHaveLength(3)
  })

  test('the file of a variable is named as it is set', async () => {
    await using server = await startRecordingServer()
    await using profiles = await createBank(server)
    const path = await profiles.file('base-url', `${server.url}\n`)
    const env = { ...profiles.env, COUNTERSIGN_VICTOR_BASE_URL_FILE: path }
    expect((await runCommand(staging, { env })).stderr).toContain('unset COUNTERSIGN_VICTOR_BASE_URL_FILE.')
    expect(server.requests).toHaveLength(0)
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
    const env = { COUNTERSIGN_UTGL_BASE_URL: server.url, COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey }
    const ping = ['request', 'utgl', 'ping', '--access-key', '6e33a078-99ed-4aa1-8e67-b0e19e9475fd']
    expect((await runCommand([...ping, '--environment', 'production'], { env })).exitCode).toBe(2)
    expect(server.requests).toHaveLength(0)
    expect((await runCommand(ping, { env })).exitCode).toBe(0)
    expect(server.requests).toHaveLength(1)
  })

  test('export has the same rule', async () => {
    const env = { COUNTERSIGN_VICTOR_BASE_URL: 'https://gateway.example/victor' }
    const argv = ['export', 'hurl', 'victor']
    const refused = await runCommand([...argv, '--environment', 'staging'], { env })
    expect(refused.stderr).toContain('--environment would not change the base URL')
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect((await runCommand(argv, { env })).stdout).toContain('http://127.0.0.1:4500/victor')
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

test('an issuer that is nearer than the token URL is not replaced by it', async () => {
  await using server = await startRecordingServer()
  const { url } = server
  const env = { COUNTERSIGN_OAUTH_PRIVATE_KEY: privateKey, COUNTERSIGN_OAUTH_TOKEN_URL: `${url}/token` }
  const token = ['token', 'oauth', '--client-id', 'client-1', '--base-url', url, '--no-cache']
  const refused = await runCommand([...token, '--issuer', 'https://login.example.com'], { env })
  expect(refused.stderr).toBe(
    'CONFIG_INVALID: oauth: --issuer would not change the token URL, which comes from the variable COUNTERSIGN_OAUTH_TOKEN_URL. Pass --token-url too, or unset COUNTERSIGN_OAUTH_TOKEN_URL.\n',
  )
  expect(refused.exitCode).toBe(2)
  expect(server.requests).toHaveLength(0)
  const withIssuer = { ...env, COUNTERSIGN_OAUTH_ISSUER: 'https://login.example.com' }
  await runCommand([...token, '--issuer', 'https://login.example.com'], { env: withIssuer })
  await runCommand(token, { env: withIssuer })
  await runCommand([...token, '--issuer', 'https://login.example.com', '--token-url', `${url}/other`], {
    env,
  })
  expect(server.requests.map(({ target }) => target)).toEqual(['/token', '/token', '/other'])
})
