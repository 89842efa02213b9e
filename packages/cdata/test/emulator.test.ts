import { fixedKeys } from '@countersign/fixtures'
import { describeEmulator, type EmulatorCall, tamper } from '@countersign/testing'
import { expect, test } from 'vitest'
import { type CDataEmulatorCredentials, createCDataEmulator } from '../src/cdata-emulator.ts'
import { cdataProvider } from '../src/cdata-provider.ts'

const query = { path: '/query', method: 'POST', body: { query: 'SELECT 1' } }
const first = '00000000-0000-4000-8000-000000000001'
const other = '00000000-0000-4000-8000-000000000002'
const ping = { jsonrpc: '2.0', id: 7, method: 'ping' }
const mcp = (id: string) => ({ path: `/mcp/connections/${id}`, method: 'POST', body: ping })

const { open } = describeEmulator<CDataEmulatorCredentials>({
  provider: cdataProvider,
  createEmulator: createCDataEmulator,
  keys: { own: fixedKeys.rsa4096, other: fixedKeys.rsa2048 },
  credentialNames: ['accountId'],
  call: query,
  jwt: {
    in: 'call',
    of: ({ credentials: { accountId }, now }) => ({
      header: { alg: 'RS256', typ: 'JWT' },
      claims: { tokenType: 'powered-by', iss: accountId, sub: 'sub-account-1', iat: now(), exp: now() + 180 },
    }),
    maxLifetimeSeconds: 3600,
    texts: { iss: 'iss' },
    stranger: { claims: { iss: 'stranger' } },
  },
  // A life of no time breaks a required rule too.
  expected: { timesFraction: 'whole-seconds', lifetimeZero: 'exp' },
  statuses: { 'connection-ids': 403, 'connection-ids-required': 403, 'connection-uuid': 400 },
  refusal: (_rule, status, message) => ({
    error: { code: status, message },
  }),
  wrong: [
    { what: 'a token without tokenType', rule: 'token-type', call: { claims: { tokenType: undefined } } },
    {
      what: 'a tokenType spelled otherwise',
      rule: 'token-type',
      call: { claims: { tokenType: 'poweredby' } },
    },
    { what: 'a sub that is not a string', rule: 'sub', call: { claims: { sub: 5 } } },
    {
      what: 'an empty sub where a sub-account is needed',
      rule: 'sub-required',
      call: { claims: { sub: '' }, call: { path: '/poweredby/sources/list' } },
    },
    {
      what: 'an empty sub where none is needed',
      rule: 'empty-sub',
      call: { claims: { sub: '' }, call: { path: '/poweredby/account/list' } },
    },
    { what: 'a query without sub', rule: 'sub-required', call: { claims: { sub: undefined } } },
    {
      what: 'a query without sub that names an account call after the ?',
      rule: 'sub-required',
      call: { claims: { sub: undefined }, call: { ...query, path: '/query?of=/poweredby/account/list' } },
    },
    {
      what: 'connection_ids as text that holds an array',
      rule: 'connection-ids',
      call: { claims: { connection_ids: '["connection-1"]' } },
    },
    {
      what: 'connection_ids of numbers',
      rule: 'connection-ids',
      call: { claims: { connection_ids: [1] } },
    },
    {
      what: 'the MCP endpoint of a connection without connection_ids',
      rule: 'connection-ids-required',
      call: { call: mcp(first) },
    },
    {
      what: 'the MCP endpoint of a connection that is not among connection_ids',
      rule: 'connection-ids-required',
      call: { call: mcp(first), claims: { connection_ids: [other] } },
    },
    {
      what: 'an MCP endpoint whose connection cannot be decoded',
      rule: 'connection-uuid',
      call: { call: mcp('%E0%A4%A'), claims: { connection_ids: [first] } },
    },
    {
      what: 'an MCP endpoint whose connection is not a UUID',
      rule: 'connection-uuid',
      call: { call: mcp('connection-1'), claims: { connection_ids: ['connection-1'] } },
    },
    {
      what: 'a life of 2 h, as the demo has',
      rule: 'lifetime',
      call: ({ now }) => ({ claims: { exp: now() + 7200 } }),
    },
    {
      what: 'a sub that was changed after signing',
      rule: 'signature',
      call: { jwt: (jwt) => tamper(jwt, { sub: 'sub-account-2' }) },
    },
  ],
})

test('every refusal by 401 has a challenge, that by 403 none', async () => {
  await using scenario = await open()
  const refused = await scenario.call({ claims: { iss: '' } })
  expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  const forbidden = await scenario.call({ claims: { connection_ids: '[]' } })
  expect(forbidden.headers.get('www-authenticate')).toBeNull()
})

test('a lifetime of 3600 s is accepted, and so is a token that is used again', async () => {
  await using scenario = await open()
  const request = await scenario.callRequest({ claims: { exp: scenario.now() + 3600 } })
  expect((await scenario.send(request)).status).toBe(200)
  scenario.clock.advance(3_599_999)
  expect((await scenario.send(request)).status).toBe(200)
})

test.each<EmulatorCall>([
  { path: '/poweredby/account/list' },
  { path: '/poweredby/account/create', method: 'POST', body: { externalId: 'customer-1' } },
  { path: '/poweredby/connection/list' },
])('$path needs no sub', async (what) => {
  await using scenario = await open()
  expect((await scenario.call({ call: what, claims: { sub: undefined } })).status).toBe(200)
})

test('an account can be created, listed and deleted', async () => {
  await using scenario = await open()
  const ask = async (what: EmulatorCall) => (await scenario.call({ call: what })).json()
  const create = { path: '/poweredby/account/create', method: 'POST', body: { externalId: 'customer-1' } }
  const created = (await ask(create)) as { accountId: string }
  const shape = { accountId: expect.any(String), externalId: 'customer-1', createdTime: expect.any(String) }
  expect(created).toEqual(shape)
  expect(await ask({ path: '/poweredby/account/list' })).toEqual({
    accounts: [
      { id: created.accountId, externalId: 'customer-1', accountName: '', created: expect.any(String) },
    ],
  })
  const update = { path: `/poweredby/account/update/${created.accountId}`, method: 'PUT' }
  expect(await ask({ ...update, body: { accountName: 'One' } })).toMatchObject({ accountName: 'One' })
  for (const id of [created.accountId, 'customer-1'])
    expect(await ask({ path: `/poweredby/account/${id}` })).toMatchObject({ accountName: 'One' })
  const remove = { path: `/poweredby/account/delete/${created.accountId}`, method: 'DELETE' }
  expect((await scenario.call({ call: remove })).status).toBe(200)
  expect((await scenario.call({ call: remove })).status).toBe(404)
  expect(await ask({ path: '/poweredby/account/list' })).toEqual({ accounts: [] })
})

test.each<EmulatorCall & { shape: unknown }>([
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
    body: { redirectURL: 'https://example.com/done' },
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
    body: {},
    shape: { results: expect.any(Array) },
  })),
  {
    ...query,
    body: { query: 'DROP TABLE t' },
    shape: { error: { code: expect.any(Number), message: expect.any(String) } },
  },
])('$path answers 200 with its documented shape', async ({ shape, ...what }) => {
  await using scenario = await open()
  const answer = await scenario.call({ call: what })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual(shape)
})

test('a connection is created, filtered, edited and deleted', async () => {
  await using scenario = await open()
  const ask = async (what: EmulatorCall) => (await scenario.call({ call: what })).json()
  const path = '/poweredby/connection'
  const body = {
    redirectURL: 'https://x.example/',
    dataSource: 'Salesforce',
    externalId: 'mine',
    editableName: true,
  }
  const { redirectURL } = (await ask({ path: `${path}/create`, method: 'POST', body })) as {
    redirectURL: string
  }
  const id = redirectURL.split('=')[1] ?? ''
  for (const filter of ['driver=Salesforce', 'externalId=mine'])
    expect(await ask({ path: `${path}/list?${filter}` })).toMatchObject({ connections: [{ id }] })
  expect(await ask({ path: `${path}/list?driver=Nothing` })).toEqual({ connections: [] })
  expect(await ask({ path: `${path}/edit/${id}`, method: 'POST', body })).toEqual({ redirectURL })
  const remove = { path: `${path}/delete/${id}`, method: 'DELETE' }
  const statuses = [await scenario.call({ call: remove }), await scenario.call({ call: remove })]
  expect(statuses.map(({ status }) => status)).toEqual([200, 404])
})

test('the MCP endpoints answer at their own host, for the connections that the token names', async () => {
  await using scenario = await open({ at: 'https://mcp.cloud.cdata.com' })
  const claims = { connection_ids: [first, other] }
  const all = await scenario.call({ call: { path: '/mcp', method: 'POST', body: ping } })
  const known = await scenario.call({ call: mcp(first), claims })
  const unknown = await scenario.call({ call: mcp(other), claims })
  expect([all.status, known.status, unknown.status]).toEqual([200, 200, 404])
  expect(await known.json()).toEqual({ jsonrpc: '2.0', id: 7, result: {} })
})
