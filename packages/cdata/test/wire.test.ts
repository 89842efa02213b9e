import { fixedKeys, readJwtText } from '@countersign/fixtures'
import {
  createFixedClock,
  createRoutedFetch,
  type RecordedRequest,
  startRecordingServer,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createCData } from '../src/index.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const own = { accountId: 'example-account', privateKey, clock: createFixedClock() }
const jwtOf = (request: RecordedRequest | undefined) => readJwtText(request?.header('authorization'))

test('the bearer token is an RS256 JWT with exactly these members', async () => {
  await using server = await startRecordingServer()
  await createCData({ ...own, baseUrl: `${server.url}/api` }).api.get('poweredby/account/list')
  const [request] = server.requests
  expect(request?.method).toBe('GET')
  expect(request?.target).toBe('/api/poweredby/account/list')
  expect(request?.header('authorization')).toMatch(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
  const { header, claims, signedBy } = jwtOf(request)
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT' })
  expect(claims).toEqual({
    tokenType: 'powered-by',
    iss: 'example-account',
    iat: 1_767_323_040,
    exp: 1_767_323_220,
  })
  expect(signedBy(publicKey, 'RSA-SHA256')).toBe(true)
})

test('sub is the sub-account, left out if there is none', async () => {
  await using server = await startRecordingServer()
  const cdata = createCData({ ...own, baseUrl: server.url })
  await cdata.fetch(server.url)
  await cdata.forSubAccount('sub-1').fetch(server.url)
  await createCData({ ...own, baseUrl: server.url, subAccountId: 'sub-2' }).fetch(server.url)
  const claims = server.requests.map((request) => jwtOf(request).claims)
  expect(Object.keys(claims[0])).not.toContain('sub')
  expect(claims.map(({ sub }) => sub)).toEqual([undefined, 'sub-1', 'sub-2'])
  expect(() => cdata.forSubAccount('')).toThrow(/`subAccountId` is empty/)
  expect(() => createCData({ ...own, subAccountId: '' })).toThrow(/`subAccountId` is empty/)
})

test('connection_ids is a JSON array of strings, left out if there are none', async () => {
  await using server = await startRecordingServer()
  const cdata = createCData({ ...own, baseUrl: server.url })
  await cdata.forSubAccount('sub-1', { connectionIds: ['c-1', 'c-2'] }).fetch(server.url)
  await cdata.forSubAccount('sub-1').fetch(server.url)
  const [first, second] = server.requests.map((request) => jwtOf(request).claims)
  expect(first.connection_ids).toEqual(['c-1', 'c-2'])
  expect(Object.keys(second)).toEqual(['tokenType', 'iss', 'sub', 'iat', 'exp'])
  const text = '["c-1"]' as unknown as string[]
  expect(() => cdata.forSubAccount('sub-1', { connectionIds: text })).toThrow(/`connectionIds`/)
  expect(() => cdata.forSubAccount('sub-1', { connectionIds: [] })).toThrow(/`connectionIds`/)
  expect(() => createCData({ ...own, connectionIds: [''] })).toThrow(
    /`connectionIds` has an item that is empty/,
  )
})

test.each([
  [undefined, 180],
  [60, 60],
  [3600, 3600],
])('with lifetimeSeconds %s the token lives %i s, back-dating included', async (lifetimeSeconds, lives) => {
  await using server = await startRecordingServer()
  const given = lifetimeSeconds === undefined ? {} : { lifetimeSeconds }
  await createCData({ ...own, ...given, baseUrl: server.url }).fetch(server.url)
  const { iat, exp } = jwtOf(server.requests[0]).claims
  expect(exp - iat).toBe(lives)
})

test.each([3601, 0, -1, 1.5, Number.NaN, '180'])('a lifetime of %s is refused', (lifetimeSeconds) => {
  const create = () => createCData({ ...own, lifetimeSeconds: lifetimeSeconds as number })
  expect(create).toThrow(/^cdata: `lifetimeSeconds` must be a whole number of seconds from 1 to 3600/)
})

test('without a base URL the documented addresses are called, MCP included', async () => {
  await using server = await startRecordingServer()
  const routed = createRoutedFetch(server.url)
  const cdata = createCData({ ...own, fetch: routed.fetch })
  await cdata.api.get('poweredby/account/list')
  const tenant = cdata.forSubAccount('sub-1', { connectionIds: ['c-1'] })
  await tenant.fetch('https://mcp.cloud.cdata.com/mcp', { method: 'POST', body: '{}' })
  await tenant.fetch('https://mcp.cloud.cdata.com/mcp/connections/c-1', { method: 'POST', body: '{}' })
  expect(routed.urls).toEqual([
    'https://cloud.cdata.com/api/poweredby/account/list',
    'https://mcp.cloud.cdata.com/mcp',
    'https://mcp.cloud.cdata.com/mcp/connections/c-1',
  ])
  expect(jwtOf(server.requests[2]).claims.connection_ids).toEqual(['c-1'])
})

test('with a custom base URL no credential goes to the documented MCP host', async () => {
  await using server = await startRecordingServer()
  const cdata = createCData({ ...own, baseUrl: server.url })
  await expect(cdata.fetch('https://mcp.cloud.cdata.com/mcp')).rejects.toMatchObject({
    code: 'ORIGIN_REFUSED',
  })
  expect(server.requests).toEqual([])
})

test('a token is reused until it is about to expire', async () => {
  await using server = await startRecordingServer()
  const clock = createFixedClock()
  const cdata = createCData({ ...own, clock, baseUrl: server.url })
  for (const seconds of [0, 100, 50, 30]) {
    clock.advance(seconds * 1000)
    await cdata.fetch(server.url)
  }
  const issued = server.requests.map((request) => jwtOf(request).claims.iat - 1_767_323_040)
  expect(issued).toEqual([0, 0, 0, 180])
})
