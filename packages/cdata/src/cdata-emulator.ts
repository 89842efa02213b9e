import {
  createEmulator,
  createEmulatorClock,
  createRegisteredKeys,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readJsonObject,
} from '@countersign/core/emulator'
import { isText, type Verdict } from '@countersign/core/provider'
import { answerMcp } from './cdata-emulator-mcp.ts'
import { cdataRules } from './cdata-rules.ts'

/** What `register` returns, under the option names. */
export interface CDataEmulatorCredentials {
  accountId: string
}

export type CDataEmulator = Emulator<CDataEmulatorCredentials>

/** Options of {@link createCDataEmulator}. */
export interface CDataEmulatorOptions extends EmulatorOptions {
  /**
   * The connections at the start, which every account sees; each is a catalog. Ids must be UUIDs for the MCP endpoint.
   * Default: one, with the id `00000000-0000-4000-8000-000000000001`.
   */
  connections?: readonly { id: string; name?: string; dataSource?: string }[]
}

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
  status: string
}

/**
 * CData's side: accounts, connections, sources, queries and the MCP endpoints, which speak streamable HTTP.
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
 * await cdata.api.get('poweredby/connection/list').json() // with the mcpUrl of each connection
 * ```
 */
export function createCDataEmulator(options: CDataEmulatorOptions = {}): CDataEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = createRegisteredKeys('cdata', 'RS256')
  const { connections: given = [{}] } = options
  const first = given.map((one, index) => toConnection(one, index + 1, clock.now()))
  const state: State = {
    accounts: new Map(),
    connections: new Map(first.map((one) => [one.id, one])),
    created: first.length,
  }
  let registered = 0
  return createEmulator(
    {
      provider: 'cdata',
      rules: cdataRules,
      basePath: '/api',
      otherPaths: ['/mcp'],
      clock,
      endpointOf: () => 'api',
      async register(publicKey, kept) {
        registered += 1
        const accountId = kept?.accountId ?? `cdata-account-${registered}`
        await keys.add(accountId, publicKey)
        return { accountId }
      },
      gather: ({ credential }, { jwt }) => keys.judge(jwt?.claims.iss, credential),
      identify: (_request, { jwt }) => ({
        accountId: jwt?.claims.iss,
        subAccountId: jwt?.claims.sub,
        connectionIds: jwt?.claims['connection_ids'],
      }),
      refuse,
      answer: (request, { jwt }) => answerApi(request, state, jwt?.claims['connection_ids']),
    },
    options,
  )
}

/** All sub-accounts and connections of one emulator. Every account sees every connection. */
interface State {
  accounts: Map<string, Account>
  connections: Map<string, Connection>
  /** How many of both there have been: no id is given twice. */
  created: number
}

function nextNumber(state: State): number {
  state.created += 1
  return state.created
}

type Members = Readonly<Record<string, unknown>>

/** `connectionIds` are the claim `connection_ids`, where the token has it. */
function answerApi(request: EmulatedRequest, state: State, connectionIds: unknown): Response {
  const { accounts, connections } = state
  const { method, path, now, url } = request
  const body: Members = readJsonObject(request.body) ?? {}
  const [mcp, scope] = /^\/mcp(?:\/connections\/([^/]+))?$/.exec(path) ?? []
  if (mcp !== undefined) {
    if (scope !== undefined && !connections.has(scope)) return notFound()
    const reached = [...connections.values()].filter(({ id }) =>
      scope === undefined ? !Array.isArray(connectionIds) || connectionIds.includes(id) : id === scope,
    )
    return answerMcp(request, { run: (operation, values) => runTool(operation, values, reached) })
  }
  const [, kind = '', action = '', id = ''] =
    /^\/poweredby\/(\w+)(?:\/(create|list|update|edit|delete))?(?:\/([^/]+))?$/.exec(path) ?? []
  switch (`${method} ${kind} ${action}`) {
    case 'POST account create': {
      const account = {
        id: `cdata-sub-account-${nextNumber(state)}`,
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
      return jsonResponse(200, {
        connections: [...connections.values()]
          .filter((one) => fits(one, url))
          .map((one) => ({ ...one, mcpUrl: mcpUrlOf(request, one.id) })),
      })
    case 'POST connection create': {
      const { id: _id, ...members } = body
      const connection = toConnection(members, nextNumber(state), now)
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
  return answerData(`${method} ${path}`, body, [...connections.values()])
}

/** Queries and metadata; the query endpoints answer 200 for what they cannot run, too. */
function answerData(route: string, body: Members, connections: readonly Connection[]): Response {
  if (route === 'POST /batch' || route === 'POST /exec')
    return jsonResponse(200, { results: [table([{ AffectedRows: 1 }])] })
  const operation = operationOf[route]
  return operation === undefined ? notFound() : jsonResponse(200, runTool(operation, body, connections))
}

/** The same operations by REST and by MCP. */
const operationOf: Readonly<Record<string, string>> = {
  'POST /query': 'execute_sql',
  'GET /catalogs': 'get_catalogs',
  'GET /schemas': 'get_schemas',
  'GET /tables': 'get_tables',
  'GET /columns': 'get_columns',
}

/** Runs an operation on the connections, each of which is a catalog with one table. */
function runTool(operation: string, values: Members, connections: readonly Connection[]): object {
  const catalogs = connections
    .filter(({ name }) => !isText(values['catalogName']) || values['catalogName'] === name)
    .map(({ name }) => ({ TABLE_CATALOG: name }))
  switch (operation) {
    case 'execute_sql':
      return query(values['query'])
    case 'get_catalogs':
      return { results: [table(catalogs)] }
    case 'get_schemas':
      return { results: [table(catalogs.map((one) => ({ ...one, TABLE_SCHEMA: 'Source' })))] }
    case 'get_tables':
      return {
        results: [table(catalogs.map((one) => ({ ...one, TABLE_SCHEMA: 'Source', TABLE_NAME: 'Orders' })))],
      }
    default:
      return {
        results: [
          table(
            catalogs.map((one) => ({
              ...one,
              TABLE_SCHEMA: 'Source',
              TABLE_NAME: 'Orders',
              COLUMN_NAME: 'n',
            })),
          ),
        ],
      }
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
  const id = textOf(body['id']) || `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
  return {
    id,
    name: textOf(body['name']) || `Emulated Connection ${number}`,
    dataSource: textOf(body['dataSource']) || 'Emulated Source',
    lastModified: new Date(now).toISOString(),
    externalId: textOf(body['externalId']),
    status: 'Authenticated',
  }
}

/** At CData's own address MCP has a host of its own; elsewhere it is beside the base URL. */
function mcpUrlOf({ url, path }: EmulatedRequest, id: string): string {
  const base = url.pathname.slice(0, url.pathname.length - path.length)
  const origin =
    url.host === 'cloud.cdata.com'
      ? 'https://mcp.cloud.cdata.com'
      : `${url.origin}${base.replace(/\/api$/, '')}`
  return `${origin}/mcp/connections/${id}`
}

function redirectOf(body: Members, id: string): string {
  return `${textOf(body['redirectURL'])}?connection=${id}`
}

/** The filters `driver` and `externalId`. */
function fits({ dataSource, externalId }: Connection, { searchParams }: URL): boolean {
  const driver = searchParams.get('driver') ?? dataSource
  return dataSource === driver && externalId === (searchParams.get('externalId') ?? externalId)
}

function query(text: unknown): object {
  if (typeof text !== 'string' || !/^\s*select\b/i.test(text))
    return { error: { code: 400, message: 'The emulator runs SELECT only.' } }
  return { results: [table([{ n: 1 }])] }
}

/** The numbers of JDBC types. */
const integerType = { dataType: 4, dataTypeName: 'INTEGER' }
const textType = { dataType: 12, dataTypeName: 'VARCHAR' }

/** A result of rows, each by column. */
function table(rows: readonly Readonly<Record<string, unknown>>[]): object {
  return {
    schema: Object.entries(rows[0] ?? {}).map(([columnName, value]) => ({
      columnName,
      ...(typeof value === 'number' ? integerType : textType),
    })),
    rows: rows.map(Object.values),
  }
}

function notFound(): Response {
  return jsonResponse(404, { error: { code: 404, message: 'There is no such endpoint or record.' } })
}

/** Documented are 403 for the claim `connection_ids` and 400 for an id that is not a UUID; no body of a refusal is. */
const statuses: Readonly<Record<string, number>> = {
  'cdata.connection-ids': 403,
  'cdata.connection-ids-required': 403,
  'cdata.connection-uuid': 400,
}

function refuse({ id }: Verdict, message: string): Response {
  const status = statuses[id]
  if (status !== undefined) return jsonResponse(status, { error: { code: status, message } })
  const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' }
  return jsonResponse(401, { error: { code: 401, message } }, challenge)
}
