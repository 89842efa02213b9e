import { randomUUID } from 'node:crypto'
import { importSigningKey, inspectKey } from '@countersign/core'
import type { Rule } from '@countersign/core/provider'
import { suiteKeys } from '@countersign/fixtures'
import { createFixedClock, describeAdapterContract, describeEmulator } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import {
  createMail,
  createMailEmulator,
  type MailCredentials,
  mailProvider,
} from '../../e2e/provider-kinds/assertion.ts'
import {
  createDrive,
  createDriveEmulator,
  type DriveCredentials,
  driveProvider,
} from '../../e2e/provider-kinds/refresh-tokens.ts'
import { createMapsEmulator, mapsProvider } from '../../e2e/provider-kinds/self-signed.ts'
import { chatProvider, createChat, createChatEmulator } from '../../e2e/provider-kinds/tenants.ts'

const keys = suiteKeys
const { thumbprint: kid } = await inspectKey(keys.own.publicKey)
const header = { alg: 'RS256', typ: 'JWT' } as const
const tokenRefusal = ({ endpoint }: Rule, _status: number, message: string) => ({
  error: endpoint === 'token' ? 'invalid_client' : 'invalid_token',
  message,
})
const refusal = (_rule: unknown, _status: number, message: string) => ({ error: 'unauthorized', message })

describe('self-signed', () => {
  describeAdapterContract({
    provider: mapsProvider,
    createEmulator: createMapsEmulator,
    keys,
    options: (credentials, privateKey) => ({ ...credentials, privateKey }),
    proof: 'signed once',
  })
  describeEmulator<{ clientId: string }>({
    provider: mapsProvider,
    createEmulator: createMapsEmulator,
    keys,
    credentialNames: ['clientId'],
    jwt: {
      in: 'call',
      of: ({ credentials: { clientId }, now }) => ({
        header,
        claims: { iss: clientId, iat: now(), exp: now() + 300 },
      }),
      maxLifetimeSeconds: 600,
      texts: { iss: 'iss' },
      stranger: { claims: { iss: 'stranger' } },
    },
    expected: { noTyp: 'accepted' },
    refusal,
  })
})

describe('per request', async () => {
  await import('../../e2e/provider-kinds/per-request.suite.ts')
})

describe('exchanged by assertion', () => {
  describeAdapterContract({
    provider: mailProvider,
    createEmulator: createMailEmulator,
    keys,
    options: (credentials, privateKey) => ({ ...credentials, privateKey }),
    proof: 'exchanged',
  })
  describeEmulator<MailCredentials>({
    provider: mailProvider,
    createEmulator: createMailEmulator,
    keys,
    credentialNames: ['clientId', 'accountId'],
    scheme: 'Mail',
    headers: ({ credentials: { accountId } }) => ({ 'x-mail-account': accountId }),
    jwt: {
      in: 'exchange',
      of: ({ credentials: { clientId }, now }) => ({
        header: { alg: 'PS256', typ: 'JWT', kid },
        claims: {
          ...{ iss: clientId, aud: 'https://mail.acme.example' },
          ...{ iat: now(), exp: now() + 120, jti: randomUUID() },
        },
      }),
      maxLifetimeSeconds: 300,
      oneTime: true,
      texts: { iss: 'iss', jti: 'jti' },
      stranger: { claims: { iss: 'stranger' } },
    },
    exchange: {
      path: '/token',
      encoding: 'json',
      members: (_scenario, assertion) => ({ grant: 'signed_assertion', assertion }),
      required: { grant: 'grant', assertion: 'assertion' },
      token: 'token',
      tokenSeconds: 600,
    },
    expected: { noTyp: 'accepted' },
    refusal: ({ endpoint }, _status, message) => ({
      error: { code: endpoint === 'token' ? 'bad_assertion' : 'bad_token', message },
    }),
    wrong: [
      { what: 'another aud', rule: 'aud', exchange: { claims: { aud: 'elsewhere' } } },
      { what: 'no kid', rule: 'kid', exchange: { header: { kid: undefined } } },
      { what: 'a kid of nobody', rule: 'registered', exchange: { header: { kid: 'other' } } },
      { what: 'no account', rule: 'account', call: { headers: { 'x-mail-account': undefined } } },
      { what: 'the account of another', rule: 'account-owner', call: { headers: { 'x-mail-account': 'b' } } },
    ],
  })

  async function openMail(more: object = {}) {
    const { privateKey, publicKey } = keys.own
    const urls: string[] = []
    const emulator = createMailEmulator()
    const credentials = await emulator.register(publicKey)
    const fetch = (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init)
      urls.push(request.url)
      return emulator.fetch(request)
    }
    return { emulator, urls, mail: createMail({ ...credentials, privateKey, fetch, ...more }) }
  }

  test('the option `environment` chooses the server, and `aud` stays', async () => {
    const { mail, urls } = await openMail({ environment: 'sandbox' })
    await mail.api.get('messages').json()
    expect(urls).toEqual([
      'https://mail-sandbox.acme.example/v1/token',
      'https://mail-sandbox.acme.example/v1/messages',
    ])
  })

  test('a POST has an idempotency key, and the account is on calls only', async () => {
    const { mail, emulator } = await openMail()
    await mail.api.post('messages', { json: {} }).json()
    const [token, call] = emulator.journal
    expect(call?.headers).toMatchObject({
      'idempotency-key': expect.stringMatching(/^[\da-f-]{36}$/),
      'x-mail-account': 'mail-account-1',
    })
    expect(token?.headers).not.toHaveProperty('x-mail-account')
  })

  test('a refusal is read where it is nested', async () => {
    const { mail } = await openMail({ clientId: 'stranger' })
    await expect(mail.token()).rejects.toMatchObject({ providerCode: 'bad_assertion', status: 401 })
  })

  test('a key that hides its public half needs a key id', async () => {
    const { privateKey } = keys.own
    const { publicJwk: _public, ...hidden } = await importSigningKey(privateKey, { algorithm: 'PS256' })
    await expect((await openMail({ privateKey: hidden })).mail.token()).rejects.toThrow('`keyId` is missing')
    const { mail } = await openMail({ privateKey: hidden, keyId: kid })
    expect((await mail.token()).scheme).toBe('Mail')
  })
})

describe('refresh tokens', () => {
  describeAdapterContract({
    provider: driveProvider,
    createEmulator: createDriveEmulator,
    keys,
    options: (credentials) => ({ ...credentials }),
    proof: 'exchanged',
  })
  describeEmulator<DriveCredentials>({
    provider: driveProvider,
    createEmulator: createDriveEmulator,
    keys,
    credentialNames: ['clientId', 'clientSecret'],
    exchange: {
      path: '/token',
      encoding: 'json',
      members: ({ credentials: { clientId, clientSecret } }) => ({
        client_id: clientId,
        client_secret: clientSecret,
      }),
      required: { client_id: 'client-id', client_secret: 'client-secret' },
      tokenSeconds: 600,
      stranger: { members: { client_id: 'stranger' } },
    },
    refusal: tokenRefusal,
    wrong: [
      {
        what: 'a refresh token that nobody issued',
        rule: 'refresh-token',
        send: ({ send }) => send({ path: '/token', init: { method: 'POST', body: '{"refresh_token":"x"}' } }),
      },
    ],
  })

  test('a refresh token renews the token once, and a refused one is followed by an exchange', async () => {
    const clock = createFixedClock()
    const emulator = createDriveEmulator({ clock })
    const drive = createDrive({ ...(await emulator.register()), clock, fetch: emulator.fetch })
    const answers = () => emulator.journal.map(({ endpoint, status }) => `${endpoint} ${status}`)
    await drive.token()
    clock.advance(600_000)
    await drive.token()
    expect(answers()).toEqual(['token 200', 'refresh 200'])
    clock.advance(90_000_000)
    await drive.token()
    expect(answers().slice(2)).toEqual(['refresh 401', 'token 200'])
  })
})

describe('families of tenants', () => {
  describeAdapterContract({
    provider: chatProvider,
    createEmulator: createChatEmulator,
    keys,
    options: (credentials, privateKey) => ({ ...credentials, privateKey }),
    proof: 'signed once',
  })
  describeEmulator<{ clientId: string }>({
    provider: chatProvider,
    createEmulator: createChatEmulator,
    keys,
    credentialNames: ['clientId'],
    jwt: {
      in: 'call',
      of: ({ credentials: { clientId }, now }) => ({
        header,
        claims: { iss: clientId, sub: 'tenant-1', iat: now(), exp: now() + 300 },
      }),
      maxLifetimeSeconds: 600,
      texts: { iss: 'iss' },
      stranger: { claims: { iss: 'stranger' } },
    },
    expected: { noTyp: 'accepted' },
    refusal,
    wrong: [{ what: 'an empty sub', rule: 'sub', call: { claims: { sub: '' } } }],
  })

  test('each tenant has one token of its own', async () => {
    const emulator = createChatEmulator()
    const { privateKey, publicKey } = keys.own
    const chat = createChat({ ...(await emulator.register(publicKey)), privateKey, fetch: emulator.fetch })
    const tenantOf = async (auth: Pick<typeof chat, 'api'>) =>
      ((await auth.api.get('tickets').json()) as { tenant: unknown }).tenant
    expect(await tenantOf(chat)).toBe(null)
    expect(await tenantOf(chat.forTenant('tenant-1'))).toBe('tenant-1')
    expect(await tenantOf(chat.forTenant('tenant-2'))).toBe('tenant-2')
    const header = async () =>
      (await chat.forTenant('tenant-1').headers(new Request('https://chat.acme.example/v1/tickets'))).get(
        'authorization',
      )
    expect(await header()).toBe(await header())
    expect(() => chat.forTenant('')).toThrow('tenantId')
  })
})
