import { type EmulatedRequest, jsonResponse, readJsonObject } from '@countersign/core/emulator'

/** What one tool does, for the connections that a request reaches. */
interface Tool {
  name: string
  /** The tool type and the operation by which the filters `tools` and `ops` know it. */
  type: (typeof toolTypes)[number]
  operation: (typeof operations)[number]
  description: string
  /** The arguments, all of them strings; `required` are those that must be there. */
  arguments: readonly string[]
  required: readonly string[]
}

/** What tools return. `run` answers as the REST API does: `{ results }` or `{ error }`. */
export interface McpData {
  run(operation: string, values: Readonly<Record<string, unknown>>): object
}

// Documented: the values of the filters.
const toolTypes = ['universal', 'sql', 'source'] as const
const operations = [
  'get_catalogs',
  'get_schemas',
  'get_tables',
  'get_columns',
  'get_procedures',
  'get_procedure_parameters',
  'get_instructions',
  'execute_sql',
  'execute_select',
  'execute_insert',
  'execute_update',
  'execute_procedure',
] as const

// Documented: the names. Inferred: their arguments, and the type and the operation of each.
const tools: readonly Tool[] = [
  toTool('get_catalogs', 'List the catalogs, one for each connection.', []),
  toTool('get_schemas', 'List the schemas of a catalog.', ['catalogName']),
  toTool('get_tables', 'List the tables of a schema.', ['catalogName', 'schemaName']),
  toTool('get_columns', 'List the columns of a table.', ['catalogName', 'schemaName', 'tableName']),
  { ...toTool('query_data', 'Run a SELECT statement.', ['query'], ['query']), operation: 'execute_sql' },
  { ...toTool('execute_sql', 'Run a SELECT statement.', ['query'], ['query']), type: 'sql' },
]

function toTool(
  name: string,
  description: string,
  names: readonly string[],
  required: readonly string[] = [],
) {
  const operation = operations.find((one) => one === name) ?? 'execute_sql'
  return { name, type: 'universal', operation, description, arguments: names, required } as const
}

/** The versions of the Model Context Protocol, newest first. */
const protocolVersions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

type Members = Readonly<Record<string, unknown>>

/** The codes of JSON-RPC 2.0, section 5.1. */
const codes = { parse: -32_700, invalidRequest: -32_600, unknownMethod: -32_601, invalidParams: -32_602 }

/**
 * Answers a request to an MCP endpoint: streamable HTTP without sessions. A request is answered in JSON, or as an
 * event stream where the client takes nothing else or asks to be told of progress; a notification with 202.
 */
export function answerMcp(request: EmulatedRequest, data: McpData): Response {
  const { method, headers, url, body } = request
  // No session and no stream that the server begins: the protocol answers GET and DELETE with 405 then.
  if (method !== 'POST')
    return toError(405, codes.invalidRequest, `${method} is not offered.`, { allow: 'POST' })
  const version = headers.get('mcp-protocol-version')
  if (version !== null && !protocolVersions.includes(version))
    return toError(400, codes.invalidRequest, `The protocol version ${version} is not supported.`)
  const filter = readFilters(url)
  if ('problem' in filter) return toError(400, codes.invalidParams, filter.problem)
  const message = readJsonObject(body)
  if (message === undefined)
    return isJson(body)
      ? toError(400, codes.invalidRequest, 'The body is not a single JSON-RPC message.')
      : toError(400, codes.parse, 'The body is not valid JSON.')
  if (message['jsonrpc'] !== '2.0')
    return toError(400, codes.invalidRequest, 'The member jsonrpc is not "2.0".')
  const isResponse = 'result' in message || 'error' in message
  if (isResponse && message['method'] === undefined) return new Response(null, { status: 202 })
  if (typeof message['method'] !== 'string')
    return toError(400, codes.invalidRequest, 'The member method is missing.')
  const { id } = message
  if (id === undefined) return new Response(null, { status: 202 })
  if (typeof id !== 'string' && typeof id !== 'number')
    return toError(400, codes.invalidRequest, 'The member id is not a string or a number.')
  const params = toMembers(message['params'])
  const outcome = call(message['method'], params, { filter, data })
  return respond(headers, params, { jsonrpc: '2.0', id, ...outcome })
}

interface Filters {
  types: readonly string[]
  operations: readonly string[]
}

/** The filters `tools` and `ops`: of several the first one counts, and an empty or unknown value is refused. */
function readFilters({ searchParams }: URL): Filters | { problem: string } {
  const types = searchParams.get('tools')?.split(',') ?? toolTypes
  const names = searchParams.get('ops')?.split(',') ?? operations
  const isKnown = (known: readonly string[]) => (one: string) => known.includes(one)
  if (!types.every(isKnown(toolTypes))) return { problem: 'The filter tools has an empty or unknown value.' }
  if (!names.every(isKnown(operations))) return { problem: 'The filter ops has an empty or unknown value.' }
  return { types, operations: names }
}

function call(
  method: string,
  params: Members,
  { filter, data }: { filter: Filters; data: McpData },
): { result: object } | { error: { code: number; message: string } } {
  switch (method) {
    case 'initialize': {
      const asked = protocolVersions.find((version) => version === params['protocolVersion'])
      return {
        result: {
          protocolVersion: asked ?? protocolVersions[0],
          capabilities: { tools: {} },
          serverInfo: { name: 'cdata-emulator', version: '1.0.0' },
        },
      }
    }
    case 'ping':
      return { result: {} }
    case 'tools/list':
      return {
        result: {
          tools: tools
            .filter(
              ({ type, operation }) => filter.types.includes(type) && filter.operations.includes(operation),
            )
            .map(toListed),
        },
      }
    case 'tools/call':
      return callTool(params, data)
    default:
      return { error: { code: codes.unknownMethod, message: `The method ${method} is unknown.` } }
  }
}

function toListed({ name, description, arguments: names, required }: Tool): object {
  const properties = Object.fromEntries(names.map((one) => [one, { type: 'string' }]))
  return { name, description, inputSchema: { type: 'object', properties, required } }
}

function callTool(params: Members, data: McpData): ReturnType<typeof call> {
  const tool = tools.find(({ name }) => name === params['name'])
  if (tool === undefined)
    return { error: { code: codes.invalidParams, message: `The tool ${String(params['name'])} is unknown.` } }
  const values = toMembers(params['arguments'])
  const missing = tool.required.find((name) => typeof values[name] !== 'string')
  if (missing !== undefined)
    return { error: { code: codes.invalidParams, message: `The argument ${missing} is missing.` } }
  const answer = data.run(tool.operation, values)
  const content = [{ type: 'text', text: JSON.stringify(answer) }]
  return { result: { content, isError: 'error' in answer } }
}

function respond(headers: Headers, params: Members, message: object): Response {
  const accept = headers.get('accept') ?? 'application/json'
  const progressToken = toMembers(params['_meta'])['progressToken']
  const takesStream = accept.includes('text/event-stream')
  const takesJson = accept.includes('application/json') || accept.includes('*/*')
  if (!takesStream || (takesJson && progressToken === undefined)) return jsonResponse(200, message)
  const progress = {
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken, progress: 1, total: 1 },
  }
  const messages = progressToken === undefined ? [message] : [progress, message]
  const events = messages.map((one) => `event: message\ndata: ${JSON.stringify(one)}\n\n`).join('')
  return new Response(events, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

function toError(
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return jsonResponse(status, { jsonrpc: '2.0', id: null, error: { code, message } }, headers)
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(body))
    return true
  } catch {
    return false
  }
}

function toMembers(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}
