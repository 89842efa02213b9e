import {
  createEmulator,
  createEmulatorClock,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readJsonObject,
  signatureHolds,
} from '@countersign/core/emulator'
import { importPublicKey, type Verdict } from '@countersign/core/provider'
import { cdataRules } from './cdata-rules.ts'

/** What `register` returns, under the option names. */
export interface CDataEmulatorCredentials {
  accountId: string
}

export type CDataEmulator = Emulator<CDataEmulatorCredentials>

interface Account {
  id: string
  externalId: string
  accountName: string
  created: string
}

interface Connection {
  id: string
  name: string
  dataSource: string
  lastModified: string
  externalId: string
  mcpUrl: string
  status: string
}

/**
 * CData's side: accounts, connections, sources, queries and the MCP endpoints.
 *
 * @example
 * ```ts
 * import { createCData, generateKeyPair } from '@countersign/cdata'
 * import { createCDataEmulator } from '@countersign/cdata/emulator'
 *
 * const { privateKey, publicKey } = await generateKeyPair()
 * const emulator = createCDataEmulator()
 * const credentials = await emulator.register(publicKey)
 * const cdata = createCData({ ...credentials, privateKey, fetch: emulator.fetch })
 * ```
 */
export function createCDataEmulator(options: EmulatorOptions = {}): CDataEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = new Map<string, CryptoKey>()
  const first = toConnection({}, 1, clock.now())
  const state: State = { accounts: new Map(), connections: new Map([[first.id, first]]) }
  let registered = 0
  return createEmulator(
    {
      provider: 'cdata',
      rules: cdataRules,
      basePath: '/api',
      otherPaths: ['/mcp'],
      clock,
      endpointOf: () => 'api',
      async register(publicKey) {
        registered += 1
        const accountId = `cdata-account-${registered}`
        if (publicKey !== undefined)
          keys.set(accountId, await importPublicKey(publicKey, { algorithm: 'RS256', provider: 'cdata' }))
        return { accountId }
      },
      async gather({ credential }, { jwt }) {
        const key = keys.get(jwt?.claims.iss ?? '')
        return { known: key !== undefined, signature: await signatureHolds(credential, key, 'RS256') }
      },
      identify: (_request, { jwt }) => ({
        accountId: jwt?.claims.iss,
        subAccountId: jwt?.claims.sub,
        connectionIds: jwt?.claims['connection_ids'],
      }),
      refuse,
      answer: (request) => answerApi(request, state),
    },
    options,
  )
}

/** All sub-accounts and connections of one emulator. There is one connection at the start, visible to every account. */
interface State {
  accounts: Map<string, Account>
  connections: Map<string, Connection>
}

type Members = Readonly<Record<string, unknown>>

function answerApi(request: EmulatedRequest, { accounts, connections }: State): Response {
  const { method, path, now, url } = request
  const body: Members = readJsonObject(request.body) ?? {}
  if (method === 'POST' && /^\/mcp(\/connections\/[^/]+)?$/.test(path)) {
    return jsonResponse(200, { jsonrpc: '2.0', id: body['id'] ?? null, result: { tools: [] } })
  }
  const [, kind = '', action = '', id = ''] =
    /^\/poweredby\/(\w+)(?:\/(create|list|update|edit|delete))?(?:\/([^/]+))?$/.exec(path) ?? []
  switch (`${method} ${kind} ${action}`) {
    case 'POST account create': {
      const account = {
        id: `cdata-sub-account-${accounts.size + 1}`,
        externalId: textOf(body['externalId']),
        accountName: textOf(body['accountName']),
        created: new Date(now).toISOString(),
      }
      accounts.set(account.id, account)
      const { id: accountId, externalId, created: createdTime } = account
      return jsonResponse(200, { accountId, externalId, createdTime })
    }
    case 'GET account list':
      return jsonResponse(200, { accounts: [...accounts.values()] })
    case 'GET account ':
      return found(accounts.get(id) ?? [...accounts.values()].find(({ externalId }) => externalId === id))
    case 'PUT account update':
      return found(change(accounts, id, body, ['externalId', 'accountName']))
    case 'DELETE account delete':
      return accounts.delete(id) ? jsonResponse(200, {}) : notFound()
    case 'GET connection list':
      return jsonResponse(200, { connections: [...connections.values()].filter((one) => fits(one, url)) })
    case 'POST connection create': {
      const connection = toConnection(body, connections.size + 1, now)
      connections.set(connection.id, connection)
      return jsonResponse(200, { redirectURL: redirectOf(body, connection.id) })
    }
    // Inferred: public clients edit connections, but method, path and response are not documented.
    case 'POST connection edit':
    case 'PUT connection edit':
      return change(connections, id, body, ['name']) === undefined
        ? notFound()
        : jsonResponse(200, { redirectURL: redirectOf(body, id) })
    // Inferred: public clients delete connections; method, path and response follow those of accounts.
    case 'DELETE connection delete':
      return connections.delete(id) ? jsonResponse(200, {}) : notFound()
    case 'GET sources list':
      return jsonResponse(200, { dataSources: [{ dataSource: 'Emulated Source' }] })
  }
  return answerData(`${method} ${path}`, body)
}

/** Queries and metadata; the query endpoints answer 200 for what they cannot run, too. */
function answerData(route: string, body: Members): Response {
  switch (route) {
    case 'POST /query':
      return query(body['query'])
    case 'POST /batch':
    case 'POST /exec':
      return jsonResponse(200, { results: [table({ AffectedRows: [1] })] })
    case 'GET /catalogs':
      return jsonResponse(200, { results: [table({ TABLE_CATALOG: ['Emulated'] })] })
    case 'GET /schemas':
      return jsonResponse(200, {
        results: [table({ TABLE_CATALOG: ['Emulated'], TABLE_SCHEMA: ['Source'] })],
      })
    case 'GET /tables':
      return jsonResponse(200, { results: [table({ TABLE_SCHEMA: ['Source'], TABLE_NAME: ['Orders'] })] })
    case 'GET /columns':
      return jsonResponse(200, { results: [table({ TABLE_NAME: ['Orders'], COLUMN_NAME: ['n'] })] })
    default:
      return notFound()
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function found(value: Account | Connection | undefined): Response {
  return value === undefined ? notFound() : jsonResponse(200, value)
}

/** The record with those of the members that the body has. */
function change<One extends Account | Connection>(
  all: Map<string, One>,
  id: string,
  body: Members,
  names: readonly (keyof One & string)[],
): One | undefined {
  const old = all.get(id)
  if (old === undefined) return undefined
  const members = names.filter((name) => typeof body[name] === 'string').map((name) => [name, body[name]])
  const next = { ...old, ...Object.fromEntries(members) }
  all.set(id, next)
  return next
}

function toConnection(body: Members, number: number, now: number): Connection {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
  return {
    id,
    name: textOf(body['name']) || `Emulated Connection ${number}`,
    dataSource: textOf(body['dataSource']) || 'Emulated Source',
    lastModified: new Date(now).toISOString(),
    externalId: textOf(body['externalId']),
    mcpUrl: `https://mcp.cloud.cdata.com/mcp/connections/${id}`,
    status: 'Authenticated',
  }
}

function redirectOf(body: Members, id: string): string {
  return `${textOf(body['redirectURL'])}?connection=${id}`
}

/** The filters `driver` and `externalId`. */
function fits({ dataSource, externalId }: Connection, { searchParams }: URL): boolean {
  const driver = searchParams.get('driver') ?? dataSource
  return dataSource === driver && externalId === (searchParams.get('externalId') ?? externalId)
}

function query(text: unknown): Response {
  if (typeof text !== 'string' || !/^\s*select\b/i.test(text)) {
    return jsonResponse(200, { error: { code: 400, message: 'The emulator runs SELECT only.' } })
  }
  return jsonResponse(200, { results: [table({ n: [1] })] })
}

/** The numbers of JDBC types. */
const integerType = { dataType: 4, dataTypeName: 'INTEGER' }
const textType = { dataType: 12, dataTypeName: 'VARCHAR' }

/** One row, by column. */
function table(columns: Readonly<Record<string, [unknown]>>): object {
  const entries = Object.entries(columns)
  return {
    schema: entries.map(([columnName, [value]]) => ({
      columnName,
      ...(typeof value === 'number' ? integerType : textType),
    })),
    rows: [entries.map(([, [value]]) => value)],
  }
}

function notFound(): Response {
  return jsonResponse(404, { error: { code: 404, message: 'There is no such endpoint or record.' } })
}

/** 403 for `connection_ids` that are not an array is documented; the bodies of 401 and 403 are not. */
function refuse({ id }: Verdict, message: string): Response {
  if (id === 'cdata.connection-ids') return jsonResponse(403, { error: { code: 403, message } })
  const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' }
  return jsonResponse(401, { error: { code: 401, message } }, challenge)
}
