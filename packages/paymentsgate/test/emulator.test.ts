import { decodeJwt } from '@countersign/core'
import { suiteKeys } from '@countersign/fixtures'
import { describeEmulator, type EmulatorScenario, type HandMadeRequest } from '@countersign/testing'
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

const { publicKey } = suiteKeys.own
const sandbox = 'https://secure.sandbox.paymentsgate.io'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const deal = '/deals/deal-1'
const badRequests = [
  ...['issue-method', 'issue-json', 'account-id', 'public-key', 'public-key-base64'],
  ...['refresh-method', 'refresh-json', 'refresh-token'],
]

const post = (path: string, body: unknown, headers: Record<string, string> = {}): HandMadeRequest => ({
  path,
  init: {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  },
})

async function issued({ exchange }: Scenario, members = {}): Promise<Pair> {
  return (await (await exchange({ members })).json()) as Pair
}

const refresh = (scenario: Scenario, { access_token, refresh_token }: Pair) =>
  scenario.send(post('/auth/token/refresh', { refresh_token }, { authorization: `Bearer ${access_token}` }))

const { open } = describeEmulator<PaymentsGateEmulatorCredentials>({
  provider: paymentsGateProvider,
  createEmulator: createPaymentsGateEmulator,
  keys: suiteKeys,
  credentialNames: ['accountId', 'publicKey'],
  call: { path: deal },
  // The emulator demands the header of a refresh unless it is told otherwise.
  rules: paymentsGateRules.map((rule) =>
    rule.id === 'paymentsgate.refresh-authorization' ? { ...rule, severity: 'required' } : rule,
  ),
  exchange: {
    path: '/auth/token',
    encoding: 'json',
    members: ({ credentials }) => ({
      account_id: credentials.accountId,
      public_key: base64(credentials.publicKey),
    }),
    required: { account_id: 'account-id', public_key: 'public-key' },
    tokenSeconds: 3600,
    stranger: { members: { account_id: 'stranger' } },
  },
  expected: { exchangeByGet: 'issue-method', exchangeOtherEncoding: 'issue-json' },
  statuses: Object.fromEntries(badRequests.map((rule) => [rule, 400])),
  refusal: (_rule, statusCode, message) => ({
    error: statusCode === 400 ? 'BAD_REQUEST' : 'UNAUTHORIZED',
    message,
    statusCode,
  }),
  wrong: [
    {
      what: 'issuing with JSON that is not an object',
      rule: 'issue-json',
      exchange: { init: { body: '["account_id"]' } },
    },
    {
      what: 'an account_id that turns into no text',
      rule: 'account-id',
      exchange: { members: { account_id: { toString: null } } },
    },
    { what: 'an empty public_key', rule: 'public-key', exchange: { members: { public_key: '' } } },
    {
      what: 'PEM that is not encoded',
      rule: 'public-key-base64',
      exchange: { members: { public_key: publicKey } },
    },
    {
      what: 'the Base64 of the key without its PEM lines',
      rule: 'public-key-base64',
      exchange: { members: { public_key: publicKey.replace(/-----[^-]+-----|\n/g, '') } },
    },
    {
      what: 'the Base64 of a trimmed PEM',
      rule: 'registered',
      exchange: { members: { public_key: base64(publicKey.trim()) } },
    },
    {
      what: 'the key of somebody else',
      rule: 'registered',
      exchange: { members: { public_key: base64(suiteKeys.other.publicKey) } },
    },
    {
      what: 'a refresh by PUT',
      rule: 'refresh-method',
      send: ({ send }) => send({ path: '/auth/token/refresh', init: { method: 'PUT', body: '{}' } }),
    },
    {
      what: 'a refresh without a body',
      rule: 'refresh-json',
      send: ({ send }) => send({ path: '/auth/token/refresh', init: { method: 'POST' } }),
    },
    {
      what: 'a refresh without refresh_token',
      rule: 'refresh-token',
      send: ({ send }) => send(post('/auth/token/refresh', {}, { authorization: 'Bearer x' })),
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
        const other = await scenario.emulator.register(suiteKeys.other.publicKey)
        const pair = await issued(scenario)
        const theirs = await issued(scenario, {
          account_id: other.accountId,
          public_key: base64(other.publicKey),
        })
        return refresh(scenario, { ...pair, access_token: theirs.access_token })
      },
    },
    {
      what: 'the refresh token instead of the access token',
      rule: 'access-token',
      send: async (scenario) => scenario.call({ credential: (await issued(scenario)).refresh_token }),
    },
  ],
})

test('a pair has the documented members and is numbered; a refresh makes the next pair', async () => {
  await using scenario = await open()
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
  expect((await scenario.call({ credential: next.access_token })).status).toBe(200)
})

test('a refresh without Authorization works if the option allows it, and is reported', async () => {
  const createEmulator = (more?: object) =>
    createPaymentsGateEmulator({ ...more, refreshWithoutHeader: true })
  await using scenario = await open({ createEmulator })
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
  await using scenario = await open({ at: sandbox })
  const pair = await issued(scenario)
  const answers = await Promise.all([refresh(scenario, pair), refresh(scenario, pair)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
})

test('the whole key file is compared, text around the key included; it can be registered as Base64', async () => {
  const file = `Schlüssel für Zahlungen\n${publicKey}`
  for (const registered of [file, base64(file)]) {
    await using scenario = await open({ publicKey: registered, at: sandbox })
    expect((await scenario.exchange({ members: { public_key: base64(file) } })).status).toBe(200)
    expect(
      (await scenario.exchange({ members: { public_key: base64(publicKey) } })).headers.get(
        'x-countersign-rule',
      ),
    ).toMatch(/^paymentsgate\.registered;/)
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
  await using scenario = await open()
  const body = method === 'POST' || method === 'PATCH' ? { amount: 100 } : undefined
  const answer = await scenario.call({ call: { method, path, body } })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject(shape)
})
