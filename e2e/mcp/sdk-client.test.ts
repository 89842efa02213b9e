import { type CDataSubAccount, createCData, generateKeyPair } from '@countersign/cdata'
import { type CDataEmulator, createCDataEmulator } from '@countersign/cdata/emulator'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { expect, onTestFinished, test } from 'vitest'

// The official client of the protocol against the emulator: nothing here knows how messages look.

const generic = 'https://mcp.cloud.cdata.com/mcp'
const { privateKey, publicKey } = await generateKeyPair()
const [orders, bills] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b']
const connections = [
  { id: orders, name: 'Orders' },
  { id: bills, name: 'Bills' },
]

/** An emulator with a clock of its own, and what authenticates to it as one sub-account with the same clock. */
async function open(connectionIds?: readonly string[]) {
  const clock = createFixedClock()
  const emulator = createCDataEmulator({ clock, connections })
  const tokens = new Set<string>()
  const cdata = createCData({
    ...(await emulator.register(publicKey)),
    privateKey,
    clock,
    fetch(input, init) {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
      tokens.add(headers.get('authorization') ?? '')
      return emulator.fetch(input, init)
    },
  })
  return { clock, emulator, tokens, auth: cdata.forSubAccount('sub-account-1', { connectionIds }) }
}

async function connect(url: string, { fetch }: Pick<CDataSubAccount, 'fetch'>): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const errors: Error[] = []
  client.onerror = (error) => errors.push(error)
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }) as Transport)
  onTestFinished(async () => {
    await client.close()
    expect(errors).toEqual([])
  })
  return client
}

/** The text that a tool returned, parsed. */
async function callTool(client: Client, name: string, values: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: values })
  const [{ text }] = content as [{ text: string }]
  return { isError, answer: JSON.parse(text) as { results?: { rows: unknown[][] }[]; error?: unknown } }
}

const refusals = ({ journal }: CDataEmulator) => journal.filter(({ rule }) => rule !== undefined)

test('the client connects, lists tools and calls one', async () => {
  const { emulator, auth } = await open()
  const client = await connect(generic, auth)
  expect(client.getServerVersion()?.name).toBe('cdata-emulator')
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toContain('query_data')
  const { answer, isError } = await callTool(client, 'query_data', { query: 'SELECT 1' })
  expect([isError, answer.results?.[0]?.rows]).toEqual([false, [[1]]])
  expect(await callTool(client, 'execute_sql', { query: 'DROP TABLE t' })).toMatchObject({
    isError: true,
    answer: { error: { code: 400 } },
  })
  await client.ping()
  expect(refusals(emulator)).toEqual([])
})

test('one session outlives many tokens', async () => {
  const { clock, emulator, tokens, auth } = await open()
  const client = await connect(generic, auth)
  for (let life = 0; life < 20; life++) {
    clock.advance(181_000)
    expect((await client.listTools()).tools.length).toBeGreaterThan(0)
    expect((await callTool(client, 'get_catalogs')).isError).toBe(false)
  }
  expect(tokens.size).toBe(21)
  expect(refusals(emulator)).toEqual([])
})

test('a client whose clock is ten minutes behind notices nothing', async () => {
  const { emulator, auth } = await open()
  emulator.clock.advance(600_000)
  const client = await connect(generic, auth)
  expect((await client.listTools()).tools.length).toBeGreaterThan(0)
  expect(refusals(emulator).map(({ rule }) => rule?.id)).toEqual(['cdata.exp'])
})

test.each([
  ['without the claim', generic, undefined, ['Orders', 'Bills']],
  ['with one id in the claim', generic, [bills], ['Bills']],
  ['of one connection', `${generic}/connections/${orders}`, [orders, bills], ['Orders']],
])('the endpoint %s reaches the connections that it documents', async (_what, url, ids, catalogs) => {
  const { auth } = await open(ids)
  const { answer } = await callTool(await connect(url, auth), 'get_catalogs')
  expect(answer.results?.[0]?.rows.flat()).toEqual(catalogs)
})

test('progress that the client asks for comes in an event stream before the result', async () => {
  const { auth } = await open()
  const types: (string | null)[] = []
  const client = await connect(generic, {
    async fetch(input, init) {
      const response = await auth.fetch(input, init)
      types.push(response.headers.get('content-type'))
      return response
    },
  })
  const told: number[] = []
  const call = { name: 'query_data', arguments: { query: 'SELECT 1' } }
  const { isError } = await client.callTool(call, undefined, {
    onprogress: ({ progress }) => told.push(progress),
  })
  expect([isError, told, types.at(-1)]).toEqual([false, [1], 'text/event-stream'])
})

test('an unknown tool is an error of the protocol', async () => {
  const { auth } = await open()
  const client = await connect(generic, auth)
  await expect(client.callTool({ name: 'drop_everything' })).rejects.toMatchObject({ code: -32_602 })
})

test.each([
  [`${generic}/connections/${orders}`, [bills], 403],
  [`${generic}/connections/connection-1`, ['connection-1'], 400],
  [
    `${generic}/connections/00000000-0000-4000-8000-00000000000c`,
    ['00000000-0000-4000-8000-00000000000c'],
    404,
  ],
  [`${generic}?tools=`, undefined, 400],
])('the client is told of %s with %j in the claim: %i', async (url, ids, status) => {
  const { auth } = await open(ids)
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: auth.fetch })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await expect(client.connect(transport as Transport)).rejects.toMatchObject({ code: status })
})

test('over HTTP the address in the list of connections is where the client connects', async () => {
  const emulator = createCDataEmulator({ connections, baseUrl: 'http://127.0.0.1/cdata/api' })
  await using server = await serveEmulator(emulator)
  const credentials = await emulator.register(publicKey)
  const baseUrl = `${server.url}/cdata/api`
  const options = { ...credentials, privateKey, baseUrl, subAccountId: 'sub-account-1' }
  const cdata = createCData({ ...options, connectionIds: [orders] })
  const list = await cdata.api.get('poweredby/connection/list').json<{ connections: { mcpUrl: string }[] }>()
  const { mcpUrl } = list.connections[0] ?? { mcpUrl: '' }
  expect(mcpUrl).toBe(`${server.url}/cdata/mcp/connections/${orders}`)
  const client = await connect(mcpUrl, cdata)
  expect((await callTool(client, 'get_catalogs')).answer.results?.[0]?.rows).toEqual([['Orders']])
  await client.close()
})
