import type { ClockOption } from '@countersign/core'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createOAuth, generateKeyPair, type OAuthOptions } from '../src/index.ts'
import { createOAuthEmulator } from '../src/oauth-emulator.ts'

const { privateKey, publicKey } = await generateKeyPair()
const path = '/app/installations/42/access_tokens'

/** An app that exchanges its JWT for the token of one installation, as GitHub documents it. */
async function open(more: Partial<OAuthOptions> = {}, clock?: ClockOption) {
  const emulator = createOAuthEmulator(clock === undefined ? {} : { clock })
  const { clientId } = await emulator.register(publicKey)
  const app = createOAuth({
    baseUrl: 'https://api.example.com',
    tokenUrl: path,
    grant: 'header-jwt',
    clientId,
    privateKey,
    claims: { aud: null, jti: null },
    lifetimeSeconds: 600,
    tokenResponse: { token: 'token', expiry: { member: 'expires_at', form: 'iso' } },
    clock: emulator.clock,
    fetch: emulator.fetch,
    ...more,
  } as OAuthOptions)
  return { emulator, app, clientId }
}

test('an app JWT in the header is exchanged for a token that the API accepts', async () => {
  const { emulator, app, clientId } = await open()
  emulator.answer('GET /installation/repositories', ({ identity }) => identity)
  const identity = await app.api.get('installation/repositories').json()
  expect(identity).toEqual({ clientId })
  expect(
    emulator.journal.map(({ method, path, body, status, advice }) => [method, path, body, status, advice]),
  ).toEqual([
    ['POST', path, '', 201, undefined],
    ['GET', '/installation/repositories', '', 200, undefined],
  ])
})

test('the token has its expiry in ISO 8601 and is exchanged anew after it', async () => {
  const clock = createFixedClock()
  const { app } = await open({ clock }, clock)
  const first = await app.token()
  expect(first.expiresAt).toBe(Math.floor(clock.now() / 1000) * 1000 + 3_600_000)
  clock.advance(3_600_000)
  const next = await app.token()
  expect(next.value.reveal()).not.toBe(first.value.reveal())
  expect((await app.fetch('https://api.example.com/orders')).status).toBe(200)
})

test('a body may ask for less, and is not read as a form', async () => {
  const { emulator, app } = await open()
  await app.token()
  const jwt = await lastAssertion()
  const response = await emulator.fetch(`https://api.example.com${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' },
    body: '{"repositories":["one"]}',
  })
  expect(response.status).toBe(201)
  expect(await response.json()).toEqual({
    token: expect.any(String),
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    permissions: {},
    repository_selection: 'all',
  })

  async function lastAssertion(): Promise<string> {
    let authorization = ''
    const { app: other } = await open({
      clientId: 'oauth-client-1',
      clock: emulator.clock,
      fetch(input, init) {
        authorization = new Headers(init?.headers).get('authorization') ?? ''
        return emulator.fetch(input, init)
      },
    })
    await other.token()
    return authorization.replace('Bearer ', '')
  }
})

test.each<[string, RequestInit, string, number]>([
  ['no header', { method: 'POST' }, 'oauth.header-assertion', 401],
  [
    'a token that is not a JWT',
    { method: 'POST', headers: { authorization: 'Bearer abc' } },
    'oauth.header-assertion',
    401,
  ],
  ['GET', { headers: { authorization: 'Bearer abc' } }, 'oauth.token-method', 400],
])('%s is refused', async (_what, init, rule, status) => {
  const { emulator } = await open()
  const response = await emulator.fetch(`https://api.example.com${path}`, init)
  expect([response.status, emulator.journal.at(-1)?.rule?.id]).toEqual([status, rule])
})

test('an app that is not registered, and a key that is not its own, are refused', async () => {
  const stranger = await open({ clientId: 'stranger' })
  await expect(stranger.app.token()).rejects.toMatchObject({ code: 'TOKEN_REQUEST_REJECTED' })
  const other = await open({ privateKey: (await generateKeyPair()).privateKey })
  await expect(other.app.token()).rejects.toMatchObject({ providerCode: 'invalid_client' })
  const broken = [stranger, other].map(({ emulator }) => emulator.journal.at(-1)?.rule?.id)
  expect(broken).toEqual(['oauth.registered', 'oauth.signature'])
})
