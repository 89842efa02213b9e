import { createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, type RecordedRequest, startRecordingServer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createScratch, type Outcome, runCommand } from './run-command.ts'
import { withProxy } from './with-proxy.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const wellKnown = '/.well-known/oauth-authorization-server'

/** A server whose metadata names a token endpoint, and whose API says with which token it was called. */
async function startServer(issuer?: string) {
  const server = startRecordingServer(async ({ target, header }) => {
    const { url } = await server
    if (target === wellKnown)
      return { body: JSON.stringify({ issuer: issuer ?? url, token_endpoint: `${url}/oauth2/token` }) }
    if (target === '/oauth2/token') return { body: '{"access_token":"a-token","expires_in":600}' }
    if (target === '/apps/7/tokens')
      return { status: 201, body: '{"token":"an-app-token","expires_at":"2026-01-02T04:04:05Z"}' }
    return { body: JSON.stringify({ authorization: header('authorization') }) }
  })
  return server
}

const targets = (requests: readonly RecordedRequest[]) => requests.map(({ target }) => target)

/** Runs a command with a client's flags, and with a folder for profiles. */
async function withClient(
  use: (run: (...argv: string[]) => Promise<Outcome>, config: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', privateKey)
  const env = { XDG_CONFIG_HOME: scratch.path }
  await use(
    (...argv) =>
      runCommand(
        argv.map((word) => (word === 'KEY' ? key : word)),
        { env, clock: createFixedClock() },
      ),
    () => readFile(`${scratch.path}/countersign/countersign.toml`, 'utf8'),
  )
}

const client = ['--client-id', 'example-client', '--private-key', 'KEY']

describe('--issuer', () => {
  test('token and request read the metadata, and sign for the issuer', async () => {
    await using server = await startServer()
    await withClient(async (run) => {
      const at = [...client, '--issuer', server.url, '--base-url', server.url]
      expect(await run('token', 'oauth', ...at)).toEqual({ stdout: 'a-token\n', stderr: '', exitCode: 0 })
      const called = await run('request', 'oauth', 'GET', 'orders', ...at)
      expect(called).toMatchObject({ stdout: '{"authorization":"Bearer a-token"}', exitCode: 0 })
    })
    expect(targets(server.requests)).toEqual([
      wellKnown,
      '/oauth2/token',
      wellKnown,
      '/oauth2/token',
      '/orders',
    ])
    const form = new URLSearchParams(server.requests[1]?.body.toString())
    const [header = '', claims = '', signature = ''] = (form.get('client_assertion') ?? '').split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ aud: server.url })
    const signed = Buffer.from(`${header}.${claims}`)
    const bytes = Buffer.from(signature, 'base64url')
    expect(verify('sha256', signed, createPublicKey(publicKey), bytes)).toBe(true)
  })

  test('the proxy reads the metadata once, and signs for the issuer', async () => {
    await using server = await startServer()
    await using scratch = await createScratch()
    const key = await scratch.file('key.pem', privateKey)
    const flags = ['--client-id', 'example-client', '--private-key', key, '--issuer', server.url]
    await withProxy(['oauth', ...flags, '--base-url', server.url], async ({ baseUrl, pass }) => {
      for (const path of ['orders', 'invoices']) {
        const answer = await fetch(`${baseUrl}/${path}`, { headers: pass })
        expect(await answer.json()).toEqual({ authorization: 'Bearer a-token' })
      }
    })
    expect(targets(server.requests)).toEqual([wellKnown, '/oauth2/token', '/orders', '/invoices'])
  })

  test('metadata of another issuer is refused before anything is signed', async () => {
    await using server = await startServer('https://other.example')
    await withClient(async (run) => {
      const at = [...client, '--issuer', server.url, '--base-url', server.url]
      const { stdout, stderr, exitCode } = await run('token', 'oauth', ...at)
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 })
      expect(stderr).toContain('its issuer is not exactly the one that was asked for')
      expect(stderr).toContain('Check --issuer')
    })
    expect(targets(server.requests)).toEqual([wellKnown])
  })

  test('init saves it, and the dry runs of init, doctor and request send nothing', async () => {
    await using server = await startServer()
    await withClient(async (run, config) => {
      const made = await run(
        'init',
        'oauth',
        ...client,
        '--issuer',
        server.url,
        '--base-url',
        server.url,
        '-y',
      )
      expect(made).toMatchObject({ exitCode: 0 })
      expect(made.stderr).toMatch(/Dry run: \d+ rules passed, none failed/)
      expect(await config()).toContain(`issuer = "${server.url}"`)
      const shown = await run('request', 'oauth', 'GET', 'orders', '--dry-run')
      expect(shown.stdout).toContain(`POST ${server.url}/token`)
      expect(shown.stdout).not.toContain('✗')
      expect(server.requests).toEqual([])
      expect(await run('token', 'oauth')).toMatchObject({ stdout: 'a-token\n', exitCode: 0 })
      const examined = await run('doctor', 'oauth')
      expect(examined.stdout).toMatch(/✓ Dry run: \d+ rules passed, none failed/)
    })
  })

  test('a dry run shows what the token is asked for, and hides the proof', async () => {
    await withClient(async (run) => {
      const at = ['--token-url', 'https://login.example.com/token', '--base-url', 'https://api.example.com']
      const shown = await run(
        'request',
        'oauth',
        'GET',
        'orders',
        '--dry-run',
        '--json',
        ...client,
        ...at,
        '--scope',
        'orders:read',
      )
      const { requests } = JSON.parse(shown.stdout) as { requests: { fields: object | null }[] }
      expect(requests[0]?.fields).toMatchObject({ scope: 'orders:read', client_assertion: '[secret]' })
    })
  })

  test('is named where the token endpoint is missing, and a wrong one is not called missing', async () => {
    await withClient(async (run) => {
      const missing = await run('token', 'oauth', ...client, '--base-url', 'https://api.example.com')
      expect(missing).toMatchObject({ exitCode: 2 })
      expect(missing.stderr).toContain(
        '--token-url (COUNTERSIGN_OAUTH_TOKEN_URL) or --issuer (COUNTERSIGN_OAUTH_ISSUER) is missing',
      )
      const at = ['--issuer', 'login', '--base-url', 'https://api.example.com']
      const wrong = await run('token', 'oauth', ...client, ...at)
      expect(wrong.stderr).toContain('--issuer (COUNTERSIGN_OAUTH_ISSUER) is not an absolute')
      expect(wrong.stderr).not.toContain('missing')
    })
  })
})

test.each([
  ['https://login.example.com/oauth2/v1/token', []],
  ['/services/oauth2/token', ['--origin-from', 'instance_url', '--grant', 'jwt-bearer']],
])('a dry run judges the request to the token endpoint %s by the rules for it', async (endpoint, more) => {
  await withClient(async (run) => {
    const at = [...client, '--base-url', 'https://api.example.com', '--token-url', endpoint, ...more]
    const { stdout, exitCode } = await run('request', 'oauth', 'GET', 'orders', '--dry-run', ...at)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('✓ `exp` must be in the future.')
    expect(stdout).toContain('GET https://api.example.com/orders')
    expect(stdout).not.toContain('✗')
  })
})

test('a certificate can be in a profile, and both time claims are flags', async () => {
  await using server = await startServer()
  const body = Buffer.from('0 not a real one').toString('base64')
  const certificate = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
  await withClient(async (run, config) => {
    const at = ['--base-url', server.url, '--token-url', '/oauth2/token', '--algorithm', 'PS256']
    const more = ['--certificate', certificate, '--time-claims', 'iat,nbf']
    expect(await run('init', 'oauth', ...client, ...at, ...more, '-y')).toMatchObject({ exitCode: 0 })
    expect(await config()).toContain('BEGIN CERTIFICATE')
    expect(await run('token', 'oauth')).toMatchObject({ stdout: 'a-token\n', exitCode: 0 })
    const wrong = await run('init', 'oauth', '--profile', 'b', '--private-key', certificate, ...at, '-y')
    expect(wrong.exitCode).not.toBe(0)
    expect(await config()).not.toContain('profiles.b')
  })
  const form = new URLSearchParams(server.requests[0]?.body.toString())
  const [header, claims] = (form.get('client_assertion') ?? '')
    .split('.', 2)
    .map((part): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString()))
  // SHA-256 of the text `0 not a real one`, by openssl.
  const thumbprint = 'QJCeEi_s-uX1O-iQe3xf-KX5ce-4sASVyl6yHsjgPoI'
  expect(header).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
  expect(claims?.['nbf']).toBe(claims?.['iat'])
})

test('explain judges a token request by its form, wherever it goes', async () => {
  const request = 'curl https://login.example.com/oauth2/v1/token -d grant_type=client_credentials'
  const { stdout } = await runCommand(['explain', 'oauth', request])
  expect(stdout).toContain('oauth.assertion-type')
  expect(stdout).not.toContain('oauth.scheme')
})

test('a response of another shape is described in JSON, and whoami shows it', async () => {
  await using server = await startServer()
  await withClient(async (run) => {
    const tokenResponse = '{"token":"token","expiry":{"member":"expires_at","form":"iso"}}'
    const options = ['--grant', 'header-jwt', '--claims', '{"aud":null}', '--token-response', tokenResponse]
    const at = ['--base-url', server.url, '--token-url', '/apps/7/tokens']
    expect(await run('init', 'oauth', ...client, ...at, ...options, '-y')).toMatchObject({ exitCode: 0 })
    expect(server.requests).toEqual([])
    const called = await run('request', 'oauth', 'GET', 'repositories')
    expect(called.stdout).toBe('{"authorization":"Bearer an-app-token"}')
    const { stdout } = await run('whoami', 'oauth')
    expect(stdout).toContain(tokenResponse)
    expect(stdout).toContain('{"aud":null}')
  })
})
