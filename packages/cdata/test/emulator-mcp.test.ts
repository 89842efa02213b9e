import { expect, test } from 'vitest'
import { createCDataEmulator } from '../src/cdata-emulator.ts'
import { createCData, generateKeyPair } from '../src/index.ts'

const known = '00000000-0000-4000-8000-000000000001'
const unknown = '00000000-0000-4000-8000-0000000000ff'
const { privateKey, publicKey } = await generateKeyPair()

/** Sends one message to an MCP endpoint, as a sub-account that may use both connections. */
async function send(path: string, body: unknown, init: RequestInit = {}) {
  const emulator = createCDataEmulator()
  const cdata = createCData({
    ...(await emulator.register(publicKey)),
    privateKey,
    subAccountId: 'sub-account-1',
    connectionIds: [known, unknown],
    fetch: emulator.fetch,
  })
  const response = await cdata.fetch(`https://mcp.cloud.cdata.com/mcp${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  })
  expect(emulator.journal.at(-1)?.rule).toBeUndefined()
  return response
}

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const namesOf = async (response: Response) => {
  const { result } = (await response.json()) as { result: { tools: { name: string }[] } }
  return result.tools.map(({ name }) => name)
}

test.each<[string, object]>([
  ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }],
  ['a notification of an unknown method', { jsonrpc: '2.0', method: 'notifications/other' }],
  ['a response', { jsonrpc: '2.0', id: 1, result: {} }],
  ['an error', { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } }],
])('%s is answered with 202 and no body', async (_what, message) => {
  const response = await send('', message)
  expect([response.status, await response.text()]).toEqual([202, ''])
})

test.each<[string, string, unknown, number]>([
  ['malformed JSON', '', '{"jsonrpc":', -32_700],
  ['an empty body', '', '', -32_700],
  ['several messages in one', '', [list], -32_600],
  ['a message without jsonrpc', '', { id: 1, method: 'ping' }, -32_600],
  ['a message without a method', '', { jsonrpc: '2.0', id: 1 }, -32_600],
  ['an id of null', '', { ...list, id: null }, -32_600],
  ['an empty filter of tools', '?tools=', list, -32_602],
  ['an unknown type of tools', '?tools=universal,other', list, -32_602],
  ['an empty filter of operations', '?ops=', list, -32_602],
  ['an unknown operation', '?ops=drop_tables', list, -32_602],
  ['an empty filter for one connection', `/connections/${known}?tools=`, list, -32_602],
])('%s is answered with 400', async (_what, path, message, code) => {
  const response = await send(path, message)
  expect([response.status, await response.json()]).toEqual([
    400,
    { jsonrpc: '2.0', id: null, error: { code, message: expect.any(String) } },
  ])
})

test('a connection that does not exist is answered with 404', async () => {
  expect((await send(`/connections/${unknown}`, list)).status).toBe(404)
})

test('a version of the protocol that is not supported is answered with 400', async () => {
  const send2 = (version: string) => send('', list, { headers: { 'mcp-protocol-version': version } })
  expect([(await send2('1999-01-01')).status, (await send2('2025-06-18')).status]).toEqual([400, 200])
})

test.each(['GET', 'DELETE'])('%s is answered with 405, as there are no sessions', async (method) => {
  const response = await send('', undefined, { method, body: null })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
})

test.each<[string, string[]]>([
  ['', ['get_catalogs', 'get_schemas', 'get_tables', 'get_columns', 'query_data', 'execute_sql']],
  ['?tools=sql', ['execute_sql']],
  ['?tools=source', []],
  ['?ops=get_tables,get_columns', ['get_tables', 'get_columns']],
  ['?tools=sql&tools=&ops=execute_sql', ['execute_sql']],
])('the filters %s narrow the list of tools', async (path, names) => {
  expect(await namesOf(await send(path, list))).toEqual(names)
})

test.each<[string | undefined, string]>([
  [undefined, 'application/json'],
  ['application/json', 'application/json'],
  ['*/*', 'application/json'],
  ['application/json, text/event-stream', 'application/json'],
  ['text/event-stream', 'text/event-stream'],
])('accept %s is answered with %s', async (accept, type) => {
  const response = await send('', list, accept === undefined ? {} : { headers: { accept } })
  expect(response.headers.get('content-type')).toBe(type)
  expect(await response.text()).toContain('"name":"get_catalogs"')
})

test.each<[string, unknown, string]>([
  ['the version that the client asks for', '2024-11-05', '2024-11-05'],
  ['its own newest where it does not know that', '2031-01-01', '2025-11-25'],
])('initialize answers with %s', async (_what, protocolVersion, expected) => {
  const message = { ...list, method: 'initialize', params: { protocolVersion } }
  expect(await (await send('', message)).json()).toMatchObject({
    id: 1,
    result: { protocolVersion: expected, capabilities: { tools: {} } },
  })
})

test.each<[string, object, number]>([
  ['an unknown method', { ...list, method: 'resources/list' }, -32_601],
  ['an unknown tool', { ...list, method: 'tools/call', params: { name: 'other' } }, -32_602],
  ['a tool without its argument', { ...list, method: 'tools/call', params: { name: 'query_data' } }, -32_602],
])('%s is an error of the protocol with status 200', async (_what, message, code) => {
  const response = await send('', message)
  expect([response.status, await response.json()]).toMatchObject([200, { id: 1, error: { code } }])
})

test('no two accounts or connections have the same id, whatever was deleted in between', async () => {
  const emulator = createCDataEmulator()
  const options = { ...(await emulator.register(publicKey)), privateKey, subAccountId: 'sub-account-1' }
  const { api } = createCData({ ...options, fetch: emulator.fetch })
  const create = async () =>
    (await api.post('poweredby/account/create', { json: {} }).json<{ accountId: string }>()).accountId
  const first = await create()
  const second = await create()
  await api.delete(`poweredby/account/delete/${first}`)
  expect(await create()).not.toBe(second)
  const json = { redirectURL: 'https://x.example/', id: known }
  const { redirectURL } = await api
    .post('poweredby/connection/create', { json })
    .json<{ redirectURL: string }>()
  expect(redirectURL).not.toContain(known)
})
