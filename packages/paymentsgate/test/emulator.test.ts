import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import {
  describeEmulator,
  type EmulatorScenario,
  type HandMadeRequest,
  openLocalScenario,
  openServedScenario,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import {
  createPaymentsGateEmulator,
  type PaymentsGateEmulatorCredentials,
} from '../src/paymentsgate-emulator.ts'
import { paymentsGateProvider } from '../src/paymentsgate-provider.ts'
import { paymentsGateRules } from '../src/paymentsgate-rules.ts'

type Scenario = EmulatorScenario<PaymentsGateEmulatorCredentials>

interface Pair {
  access_token: string
  refresh_token: string
}

const { publicKey } = fixedKeys.rsa2048
const options = { create: createPaymentsGateEmulator, publicKey, basePath: '/paymentsgate' }
const sandbox = 'https://secure.sandbox.paymentsgate.io'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const deal = '/deals/deal-1'

const post = (path: string, body: unknown, headers: Record<string, string> = {}): HandMadeRequest => ({
  path,
  init: {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  },
})

const issue = (scenario: Scenario, change: Record<string, unknown> = {}) =>
  scenario.send(
    post('/auth/token', {
      account_id: scenario.credentials.accountId,
      public_key: base64(publicKey),
      ...change,
    }),
  )

async function issued(scenario: Scenario): Promise<Pair> {
  return (await (await issue(scenario)).json()) as Pair
}

const refresh = (scenario: Scenario, { access_token, refresh_token }: Pair) =>
  scenario.send(post('/auth/token/refresh', { refresh_token }, { authorization: `Bearer ${access_token}` }))

const withHeader = (authorization: string, path = deal): HandMadeRequest => ({
  path,
  init: { headers: { authorization } },
})

describeEmulator<PaymentsGateEmulatorCredentials>({
  ...options,
  provider: paymentsGateProvider,
  // The emulator demands the header of a refresh unless it is told otherwise.
  rules: paymentsGateRules.map((rule) =>
    rule.id === 'paymentsgate.refresh-authorization' ? { ...rule, severity: 'required' } : rule,
  ),
  realUrls: [sandbox],
  credentialNames: ['accountId', 'publicKey'],
  right: async (scenario) => withHeader(`Bearer ${(await issued(scenario)).access_token}`),
  unknown: async (scenario) => withHeader(`Bearer ${(await issued(scenario)).access_token}`, '/unknown'),
  refusal: (_rule, statusCode, message) => ({
    error: statusCode === 400 ? 'BAD_REQUEST' : 'UNAUTHORIZED',
    message,
    statusCode,
  }),
  wrong: [
    {
      what: 'issuing by GET',
      rule: 'issue-method',
      status: 400,
      send: (scenario) => scenario.send({ path: '/auth/token' }),
    },
    {
      what: 'issuing by a form',
      rule: 'issue-json',
      status: 400,
      send: (scenario) =>
        scenario.send({
          path: '/auth/token',
          init: { method: 'POST', body: new URLSearchParams({ account_id: 'a' }) },
        }),
    },
    {
      what: 'issuing with JSON that is not an object',
      rule: 'issue-json',
      status: 400,
      send: (scenario) => scenario.send(post('/auth/token', ['account_id'])),
    },
    {
      what: 'a missing account_id',
      rule: 'account-id',
      status: 400,
      send: (scenario) => issue(scenario, { account_id: undefined }),
    },
    {
      what: 'an account_id that turns into no text',
      rule: 'account-id',
      status: 400,
      send: (scenario) => issue(scenario, { account_id: { toString: null } }),
    },
    {
      what: 'an empty public_key',
      rule: 'public-key',
      status: 400,
      send: (scenario) => issue(scenario, { public_key: '' }),
    },
    {
      what: 'PEM that is not encoded',
      rule: 'public-key-base64',
      status: 400,
      send: (scenario) => issue(scenario, { public_key: publicKey }),
    },
    {
      what: 'the Base64 of the key without its PEM lines',
      rule: 'public-key-base64',
      status: 400,
      send: (scenario) => issue(scenario, { public_key: publicKey.replace(/-----[^-]+-----|\n/g, '') }),
    },
    {
      what: 'the Base64 of a trimmed PEM',
      rule: 'registered',
      send: (scenario) => issue(scenario, { public_key: base64(publicKey.trim()) }),
    },
    {
      what: 'the key of somebody else',
      rule: 'registered',
      send: (scenario) => issue(scenario, { public_key: base64(fixedKeys.otherRsa2048.publicKey) }),
    },
    {
      what: 'an account that nobody knows',
      rule: 'registered',
      send: (scenario) => issue(scenario, { account_id: 'stranger' }),
    },
    {
      what: 'a refresh by PUT',
      rule: 'refresh-method',
      status: 400,
      send: (scenario) => scenario.send({ path: '/auth/token/refresh', init: { method: 'PUT', body: '{}' } }),
    },
    {
      what: 'a refresh without a body',
      rule: 'refresh-json',
      status: 400,
      send: (scenario) => scenario.send({ path: '/auth/token/refresh', init: { method: 'POST' } }),
    },
    {
      what: 'a refresh without refresh_token',
      rule: 'refresh-token',
      status: 400,
      send: (scenario) => scenario.send(post('/auth/token/refresh', {}, { authorization: 'Bearer x' })),
    },
    {
      what: 'a refresh without Authorization',
      rule: 'refresh-authorization',
      async send(scenario) {
        const { refresh_token } = await issued(scenario)
        return scenario.send(post('/auth/token/refresh', { refresh_token }))
      },
    },
    {
      what: 'a refresh with Token for Bearer',
      rule: 'refresh-authorization',
      async send(scenario) {
        const { access_token, refresh_token } = await issued(scenario)
        const authorization = `Token ${access_token}`
        return scenario.send(post('/auth/token/refresh', { refresh_token }, { authorization }))
      },
    },
    {
      what: 'a refresh token that was used',
      rule: 'refresh-used',
      async send(scenario) {
        const pair = await issued(scenario)
        expect((await refresh(scenario, pair)).status).toBe(200)
        return refresh(scenario, pair)
      },
    },
    {
      what: 'a refresh token that was never issued',
      rule: 'refresh-known',
      async send(scenario) {
        const pair = await issued(scenario)
        return refresh(scenario, { ...pair, refresh_token: `${pair.refresh_token}0` })
      },
    },
    {
      what: 'a refresh with the access token of another account',
      rule: 'refresh-known',
      async send(scenario) {
        const other = await scenario.emulator.register(fixedKeys.otherRsa2048.publicKey)
        const pair = await issued(scenario)
        const theirs = (await (
          await issue(scenario, {
            account_id: other.accountId,
            public_key: base64(fixedKeys.otherRsa2048.publicKey),
          })
        ).json()) as Pair
        return refresh(scenario, { ...pair, access_token: theirs.access_token })
      },
    },
    {
      what: 'an API call without Authorization',
      rule: 'scheme',
      send: (scenario) => scenario.send({ path: deal }),
    },
    {
      what: 'Token for Bearer',
      rule: 'scheme',
      send: async (scenario) => scenario.send(withHeader(`Token ${(await issued(scenario)).access_token}`)),
    },
    {
      what: 'an access token with another number',
      rule: 'access-token',
      send: async (scenario) => scenario.send(withHeader(`Bearer ${(await issued(scenario)).access_token}0`)),
    },
    {
      what: 'the refresh token instead of the access token',
      rule: 'access-token',
      send: async (scenario) => scenario.send(withHeader(`Bearer ${(await issued(scenario)).refresh_token}`)),
    },
    {
      what: 'an access token at the end of its 3600 s',
      rule: 'access-token',
      async send(scenario) {
        const { access_token } = await issued(scenario)
        scenario.clock.advance(3_599_999)
        expect((await scenario.send(withHeader(`Bearer ${access_token}`))).status).toBe(200)
        scenario.clock.advance(1)
        return scenario.send(withHeader(`Bearer ${access_token}`))
      },
    },
    {
      what: 'an access token that was taken back',
      rule: 'access-token',
      async send(scenario) {
        const { access_token } = await issued(scenario)
        scenario.emulator.revokeTokens()
        return scenario.send(withHeader(`Bearer ${access_token}`))
      },
    },
  ],
})

test('a pair has the documented members and is numbered; a refresh makes the next pair', async () => {
  await using scenario = await openServedScenario(options)
  const start = scenario.now()
  const pair = await issued(scenario)
  const shape = (number: number) => ({
    access_token: expect.any(String),
    refresh_token: expect.stringMatching(new RegExp(`-${number}$`)),
    expires_in: 3600,
  })
  expect(pair).toEqual(shape(1))
  scenario.clock.advance(7_200_000)
  const next = (await (await refresh(scenario, pair)).json()) as Pair
  expect(next).toEqual(shape(2))
  expect([pair, next].map(({ access_token }) => decodeJwt(access_token))).toMatchObject([
    { header: { alg: 'HS256' }, claims: { jti: 'paymentsgate-access-token-1', exp: start + 3600 } },
    { header: { alg: 'HS256' }, claims: { jti: 'paymentsgate-access-token-2', exp: start + 10_800 } },
  ])
  expect((await scenario.send(withHeader(`Bearer ${next.access_token}`))).status).toBe(200)
})

test('a refresh without Authorization works if the option allows it, and is reported', async () => {
  const create = (more?: object) => createPaymentsGateEmulator({ ...more, refreshWithoutHeader: true })
  await using scenario = await openServedScenario({ ...options, create })
  const { refresh_token } = await issued(scenario)
  const without = (token: string) => scenario.send(post('/auth/token/refresh', { refresh_token: token }))
  const answer = await without(refresh_token)
  expect([answer.status, answer.headers.get('x-countersign-advice')?.split(';')[0]]).toEqual([
    200,
    'paymentsgate.refresh-authorization',
  ])
  const next = (await answer.json()) as Pair
  expect((await without(refresh_token)).headers.get('x-countersign-rule')).toMatch(/refresh-used;/)
  const { access_token } = await issued(scenario)
  const mixed = await refresh(scenario, { ...next, access_token })
  expect(mixed.headers.get('x-countersign-rule')).toMatch(/refresh-known;/)
  expect((await refresh(scenario, next)).status).toBe(200)
})

test('a refresh token that is used twice at once works once', async () => {
  await using scenario = await openLocalScenario(options, sandbox)
  const pair = await issued(scenario)
  const answers = await Promise.all([refresh(scenario, pair), refresh(scenario, pair)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
})

test('the whole key file is compared, text around the key included; it can be registered as Base64', async () => {
  const file = `Schlüssel für Zahlungen\n${publicKey}`
  for (const registered of [file, base64(file)]) {
    await using scenario = await openLocalScenario({ ...options, publicKey: registered }, sandbox)
    expect((await issue(scenario, { public_key: base64(file) })).status).toBe(200)
    expect((await issue(scenario)).headers.get('x-countersign-rule')).toMatch(/^paymentsgate\.registered;/)
  }
})

test('register generates a key if none is passed', async () => {
  const emulator = createPaymentsGateEmulator()
  const credentials = await emulator.register()
  const body = JSON.stringify({
    account_id: credentials.accountId,
    public_key: base64(credentials.publicKey),
  })
  const headers = { 'content-type': 'application/json' }
  const answer = await emulator.fetch(`${sandbox}/auth/token`, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
})

test.each([
  ['POST', '/deals/payin', { id: expect.any(String), amount: 100 }],
  ['POST', '/deals/payout', { id: expect.any(String), amount: 100 }],
  ['POST', '/deals/payin', { status: 'new', type: 'p2p', url: expect.stringMatching(/^http/) }],
  [
    'GET',
    deal,
    { _id: 'deal-1', id: 'deal-1', status: { name: 'completed' }, expiredAt: expect.any(String) },
  ],
  ['GET', '/deals/list?page=1', { rows: [{ _id: expect.any(String) }], meta: { page: 1, total: 1 } }],
  ['GET', `${deal}/credentials`, { type: 'iban', account_number: expect.any(String) }],
  ['GET', '/wallet', { assets: [{ total: 100, pending: 0, available: 100 }] }],
  ['GET', '/wallet/deposit?currencyId=1', { address: expect.any(String), expiredAt: expect.any(String) }],
  [
    'GET',
    '/fx/calculation?amount=5.2&currency_from=USDT&currency_to=AZN',
    { finalAmount: 5.2, quotes: [{ pair: 'USDT/AZN' }] },
  ],
  ['PATCH', deal, { id: 'deal-1', amount: 100 }],
  ['DELETE', deal, { id: 'deal-1' }],
])('%s %s answers with its documented shape', async (method, path, shape) => {
  await using scenario = await openServedScenario(options)
  const headers = { authorization: `Bearer ${(await issued(scenario)).access_token}` }
  const sent =
    method === 'POST' || method === 'PATCH' ? post(path, { amount: 100 }, headers).init : { headers }
  const request = { path, init: { ...sent, method } }
  const answer = await scenario.send(request)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject(shape)
})
