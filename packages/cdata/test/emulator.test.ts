import { fixedKeys } from '@countersign/fixtures'
import {
  describeEmulator,
  type EmulatorScenario,
  type HandMadeRequest,
  type HandSignature,
  handMadeJwt,
  hmacSignature,
  noSignature,
  openLocalScenario,
  openServedScenario,
  rsaSignature,
  tamper,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { type CDataEmulatorCredentials, createCDataEmulator } from '../src/cdata-emulator.ts'
import { cdataProvider } from '../src/cdata-provider.ts'
import { cdataRules } from '../src/cdata-rules.ts'

type Scenario = EmulatorScenario<CDataEmulatorCredentials>

interface Change {
  header?: object
  claims?: object
  signature?: HandSignature
  scheme?: string
  /** Makes the token that is sent from the right one. */
  jwt?: (right: string) => string
}

interface Call {
  path: string
  method?: string
  json?: unknown
}

const { privateKey, publicKey } = fixedKeys.rsa4096
const options = { create: createCDataEmulator, publicKey, basePath: '/cdata/api' }
const query: Call = { path: '/query', method: 'POST', json: { query: 'SELECT 1' } }

function jwtOf(scenario: Scenario) {
  const iat = scenario.now()
  return {
    header: { alg: 'RS256', typ: 'JWT' },
    claims: {
      tokenType: 'powered-by',
      iss: scenario.credentials.accountId,
      sub: 'sub-account-1',
      iat,
      exp: iat + 180,
    },
  }
}

function signed(
  scenario: Scenario,
  { path, method = 'GET', json }: Call,
  change: Change = {},
): HandMadeRequest {
  const { header, claims } = jwtOf(scenario)
  const jwt = handMadeJwt(
    { ...header, ...change.header },
    { ...claims, ...change.claims },
    change.signature ?? rsaSignature(privateKey),
  )
  const authorization = `${change.scheme ?? 'Bearer'} ${change.jwt?.(jwt) ?? jwt}`
  const headers = { authorization, 'content-type': 'application/json' }
  return { path, init: { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) } }
}

const call =
  (change: (scenario: Scenario) => Change, what: Call = query) =>
  (scenario: Scenario) =>
    scenario.send(signed(scenario, what, change(scenario)))

const first = '00000000-0000-4000-8000-000000000001'
const other = '00000000-0000-4000-8000-000000000002'
const ping = { jsonrpc: '2.0', id: 7, method: 'ping' }
const mcp = (id: string): Call => ({ path: `/mcp/connections/${id}`, method: 'POST', json: ping })

describeEmulator<CDataEmulatorCredentials>({
  ...options,
  provider: cdataProvider,
  rules: cdataRules,
  realUrls: ['https://cloud.cdata.com/api'],
  credentialNames: ['accountId'],
  right: (scenario) => signed(scenario, query),
  unknown: (scenario) => signed(scenario, { path: '/unknown' }),
  goodJwt: jwtOf,
  refusal: (_rule, status, message) => ({
    error: { code: status, message },
  }),
  wrong: [
    { what: 'a request without Authorization', rule: 'scheme', send: (scenario) => scenario.send(query) },
    { what: 'Token for Bearer', rule: 'scheme', send: call(() => ({ scheme: 'Token' })) },
    { what: 'an opaque token', rule: 'jwt', send: call(() => ({ jwt: () => 'opaque-token' })) },
    {
      what: 'HS256 under the text of the public key',
      rule: 'alg',
      send: call(() => ({ header: { alg: 'HS256' }, signature: hmacSignature(publicKey) })),
    },
    {
      what: 'alg none',
      rule: 'alg',
      send: call(() => ({ header: { alg: 'none' }, signature: noSignature })),
    },
    { what: 'a header without typ', rule: 'typ', send: call(() => ({ header: { typ: undefined } })) },
    {
      what: 'a token without tokenType',
      rule: 'token-type',
      send: call(() => ({ claims: { tokenType: undefined } })),
    },
    {
      what: 'a tokenType spelled otherwise',
      rule: 'token-type',
      send: call(() => ({ claims: { tokenType: 'poweredby' } })),
    },
    { what: 'an empty iss', rule: 'iss', send: call(() => ({ claims: { iss: '' } })) },
    {
      what: 'a sub that is not a string',
      rule: 'sub',
      send: call(() => ({ claims: { sub: 5 } })),
    },
    {
      what: 'an empty sub where a sub-account is needed',
      rule: 'sub-required',
      send: call(() => ({ claims: { sub: '' } }), { path: '/poweredby/sources/list' }),
    },
    {
      what: 'an empty sub where none is needed',
      rule: 'empty-sub',
      send: call(() => ({ claims: { sub: '' } }), { path: '/poweredby/account/list' }),
    },
    {
      what: 'a query without sub',
      rule: 'sub-required',
      send: call(() => ({ claims: { sub: undefined } })),
    },
    {
      what: 'a query without sub that names an account call behind the ?',
      rule: 'sub-required',
      send: call(() => ({ claims: { sub: undefined } }), {
        ...query,
        path: '/query?of=/poweredby/account/list',
      }),
    },
    {
      what: 'connection_ids as text that holds an array',
      rule: 'connection-ids',
      status: 403,
      send: call(() => ({ claims: { connection_ids: '["connection-1"]' } })),
    },
    {
      what: 'connection_ids of numbers',
      rule: 'connection-ids',
      status: 403,
      send: call(() => ({ claims: { connection_ids: [1] } })),
    },
    {
      what: 'the MCP endpoint of a connection without connection_ids',
      rule: 'connection-ids-required',
      status: 403,
      send: call(() => ({}), mcp(first)),
    },
    {
      what: 'the MCP endpoint of a connection that is not among connection_ids',
      rule: 'connection-ids-required',
      status: 403,
      send: call(() => ({ claims: { connection_ids: [other] } }), mcp(first)),
    },
    {
      what: 'an MCP endpoint whose connection cannot be decoded',
      rule: 'connection-uuid',
      status: 400,
      send: call(() => ({ claims: { connection_ids: [first] } }), mcp('%E0%A4%A')),
    },
    {
      what: 'an MCP endpoint whose connection is not a UUID',
      rule: 'connection-uuid',
      status: 400,
      send: call(() => ({ claims: { connection_ids: ['connection-1'] } }), mcp('connection-1')),
    },
    {
      what: 'milliseconds for seconds',
      rule: 'times',
      send: call((scenario) => ({
        claims: { iat: scenario.now() * 1000, exp: (scenario.now() + 180) * 1000 },
      })),
    },
    {
      what: 'a life of 3601 s',
      rule: 'lifetime',
      send: call((scenario) => ({ claims: { exp: scenario.now() + 3601 } })),
    },
    {
      what: 'a fraction of a second, as the Python sample sends',
      rule: 'whole-seconds',
      send: call((scenario) => ({ claims: { iat: scenario.now() - 0.5 } })),
    },
    {
      what: 'a life of 2 h, as the demo has',
      rule: 'lifetime',
      send: call((scenario) => ({ claims: { exp: scenario.now() + 7200 } })),
    },
    { what: 'exp of iat', rule: 'exp', send: call((scenario) => ({ claims: { exp: scenario.now() } })) },
    {
      what: 'iat one second ahead',
      rule: 'iat',
      send: call((scenario) => ({ claims: { iat: scenario.now() + 1 } })),
    },
    {
      what: 'exp that is now exactly',
      rule: 'exp',
      send: call((scenario) => ({ claims: { iat: scenario.now() - 180, exp: scenario.now() } })),
    },
    {
      what: 'an account that nobody knows',
      rule: 'registered',
      send: call(() => ({ claims: { iss: 'stranger' } })),
    },
    {
      what: 'a signature of another key',
      rule: 'signature',
      send: call(() => ({ signature: rsaSignature(fixedKeys.rsa2048.privateKey) })),
    },
    {
      what: 'a sub that was changed after signing',
      rule: 'signature',
      send: call(() => ({ jwt: (jwt) => tamper(jwt, { sub: 'sub-account-2' }) })),
    },
  ],
})

test('every refusal by 401 has a challenge, that by 403 none', async () => {
  await using scenario = await openServedScenario(options)
  const refused = await call(() => ({ claims: { iss: '' } }))(scenario)
  expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  const forbidden = await call(() => ({ claims: { connection_ids: '[]' } }))(scenario)
  expect(forbidden.headers.get('www-authenticate')).toBeNull()
})

test('a lifetime of 3600 s is accepted, and so is a token that is used again', async () => {
  await using scenario = await openServedScenario(options)
  const request = signed(scenario, query, { claims: { exp: scenario.now() + 3600 } })
  expect((await scenario.send(request)).status).toBe(200)
  scenario.clock.advance(3_599_999)
  expect((await scenario.send(request)).status).toBe(200)
})

test.each<Call>([
  { path: '/poweredby/account/list' },
  { path: '/poweredby/account/create', method: 'POST', json: { externalId: 'customer-1' } },
  { path: '/poweredby/connection/list' },
])('$path needs no sub', async (what) => {
  await using scenario = await openServedScenario(options)
  expect((await call(() => ({ claims: { sub: undefined } }), what)(scenario)).status).toBe(200)
})

test('an account can be created, listed and deleted', async () => {
  await using scenario = await openServedScenario(options)
  const ask = async (what: Call) => (await call(() => ({}), what)(scenario)).json()
  const create = { path: '/poweredby/account/create', method: 'POST', json: { externalId: 'customer-1' } }
  const created = (await ask(create)) as { accountId: string }
  const shape = { accountId: expect.any(String), externalId: 'customer-1', createdTime: expect.any(String) }
  expect(created).toEqual(shape)
  expect(await ask({ path: '/poweredby/account/list' })).toEqual({
    accounts: [
      { id: created.accountId, externalId: 'customer-1', accountName: '', created: expect.any(String) },
    ],
  })
  const update = { path: `/poweredby/account/update/${created.accountId}`, method: 'PUT' }
  expect(await ask({ ...update, json: { accountName: 'One' } })).toMatchObject({ accountName: 'One' })
  for (const id of [created.accountId, 'customer-1'])
    expect(await ask({ path: `/poweredby/account/${id}` })).toMatchObject({ accountName: 'One' })
  const remove = { path: `/poweredby/account/delete/${created.accountId}`, method: 'DELETE' }
  expect((await call(() => ({}), remove)(scenario)).status).toBe(200)
  expect((await call(() => ({}), remove)(scenario)).status).toBe(404)
  expect(await ask({ path: '/poweredby/account/list' })).toEqual({ accounts: [] })
})

test.each<Call & { shape: unknown }>([
  {
    path: '/poweredby/connection/list',
    shape: {
      connections: [
        {
          id: expect.any(String),
          name: expect.any(String),
          dataSource: expect.any(String),
          lastModified: expect.any(String),
          externalId: '',
          mcpUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/cdata\/mcp\/connections\/[\da-f-]{36}$/),
          status: expect.any(String),
        },
      ],
    },
  },
  {
    path: '/poweredby/connection/create',
    method: 'POST',
    json: { redirectURL: 'https://example.com/done' },
    shape: { redirectURL: expect.stringContaining('https://example.com/done') },
  },
  { path: '/poweredby/sources/list', shape: { dataSources: [{ dataSource: expect.any(String) }] } },
  {
    ...query,
    shape: {
      results: [{ schema: [{ columnName: 'n', dataType: 4, dataTypeName: 'INTEGER' }], rows: [[1]] }],
    },
  },
  ...['/catalogs', '/schemas', '/tables', '/columns'].map((path) => ({
    path,
    shape: { results: [{ schema: expect.any(Array), rows: [expect.any(Array)] }] },
  })),
  ...['/batch', '/exec'].map((path) => ({
    path,
    method: 'POST',
    json: {},
    shape: { results: expect.any(Array) },
  })),
  {
    ...query,
    json: { query: 'DROP TABLE t' },
    shape: { error: { code: expect.any(Number), message: expect.any(String) } },
  },
])('$path answers 200 with its documented shape', async ({ shape, ...what }) => {
  await using scenario = await openServedScenario(options)
  const answer = await call(() => ({}), what)(scenario)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual(shape)
})

test('a connection is created, filtered, edited and deleted', async () => {
  await using scenario = await openServedScenario(options)
  const ask = async (what: Call) => (await call(() => ({}), what)(scenario)).json()
  const path = '/poweredby/connection'
  const json = {
    redirectURL: 'https://x.example/',
    dataSource: 'Salesforce',
    externalId: 'mine',
    editableName: true,
  }
  const { redirectURL } = (await ask({ path: `${path}/create`, method: 'POST', json })) as {
    redirectURL: string
  }
  const id = redirectURL.split('=')[1] ?? ''
  for (const filter of ['driver=Salesforce', 'externalId=mine'])
    expect(await ask({ path: `${path}/list?${filter}` })).toMatchObject({ connections: [{ id }] })
  expect(await ask({ path: `${path}/list?driver=Nothing` })).toEqual({ connections: [] })
  expect(await ask({ path: `${path}/edit/${id}`, method: 'POST', json })).toEqual({ redirectURL })
  const remove = { path: `${path}/delete/${id}`, method: 'DELETE' }
  const statuses = [await call(() => ({}), remove)(scenario), await call(() => ({}), remove)(scenario)]
  expect(statuses.map(({ status }) => status)).toEqual([200, 404])
})

test('the MCP endpoints answer at their own host, for the connections that the token names', async () => {
  await using scenario = await openLocalScenario(options, 'https://mcp.cloud.cdata.com')
  const claims = { connection_ids: [first, other] }
  const all = await call(() => ({}), { path: '/mcp', method: 'POST', json: ping })(scenario)
  const known = await call(() => ({ claims }), mcp(first))(scenario)
  const unknown = await call(() => ({ claims }), mcp(other))(scenario)
  expect([all.status, known.status, unknown.status]).toEqual([200, 200, 404])
  expect(await known.json()).toEqual({ jsonrpc: '2.0', id: 7, result: {} })
})
