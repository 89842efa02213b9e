import { importPublicKey } from '@countersign/core'
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
import type { Verdict } from '@countersign/core/provider'
import { cdataRules } from './cdata-rules.ts'

/** What `register` returns, under the option names. */
export interface CDataEmulatorCredentials {
  accountId: string
}

export type CDataEmulator = Emulator<CDataEmulatorCredentials>

interface Account {
  id: string
  externalId: string
  created: string
}

/** CData's side: accounts, connections, sources, queries and the MCP endpoints. */
export function createCDataEmulator(options: EmulatorOptions = {}): CDataEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = new Map<string, CryptoKey>()
  const accounts = new Map<string, Account>()
  let registered = 0
  return createEmulator(
    {
      provider: 'cdata',
      rules: cdataRules,
      basePath: '/api',
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
      refuse,
      answer: (request) => answerApi(request, accounts),
    },
    options,
  )
}

function answerApi(request: EmulatedRequest, accounts: Map<string, Account>): Response {
  const { method, path, now } = request
  const body = readJsonObject(request.body) ?? {}
  const [, deleted] = /^\/poweredby\/account\/delete\/([^/]+)$/.exec(path) ?? []
  if (method === 'DELETE' && deleted !== undefined) {
    return accounts.delete(deleted) ? new Response(null, { status: 204 }) : notFound()
  }
  if (method === 'POST' && /^\/mcp(\/connections\/[^/]+)?$/.test(path)) {
    return jsonResponse(200, { jsonrpc: '2.0', id: body['id'] ?? null, result: { tools: [] } })
  }
  switch (`${method} ${path}`) {
    case 'POST /poweredby/account/create': {
      const externalId = textOf(body['externalId'])
      const account = {
        id: `cdata-sub-account-${accounts.size + 1}`,
        externalId,
        created: new Date(now).toISOString(),
      }
      accounts.set(account.id, account)
      return jsonResponse(200, { accountId: account.id, externalId, createdTime: account.created })
    }
    case 'GET /poweredby/account/list':
      return jsonResponse(200, { accounts: [...accounts.values()] })
    case 'GET /poweredby/connection/list':
      return jsonResponse(200, { connections: [connection(now)] })
    case 'POST /poweredby/connection/create':
      return jsonResponse(200, {
        redirectURL: `${textOf(body['redirectURL'])}?connection=emulated-connection`,
      })
    case 'GET /poweredby/sources/list':
      return jsonResponse(200, { sources: [{ name: 'Emulated Source' }] })
    case 'POST /query':
      return query(body['query'])
    default:
      return notFound()
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function connection(now: number): Record<string, string> {
  return {
    id: 'emulated-connection',
    name: 'Emulated Connection',
    dataSource: 'Emulated Source',
    lastModified: new Date(now).toISOString(),
  }
}

/** The query endpoint answers 200 for what it cannot run, too. */
function query(text: unknown): Response {
  if (typeof text !== 'string' || !/^\s*select\b/i.test(text)) {
    return jsonResponse(200, { error: { code: 'INVALID_QUERY', message: 'The emulator runs SELECT only.' } })
  }
  return jsonResponse(200, { results: [{ schema: [{ columnName: 'n', dataType: 'INTEGER' }], rows: [[1]] }] })
}

function notFound(): Response {
  return jsonResponse(404, { error: { code: 'NOT_FOUND', message: 'No such endpoint.' } })
}

/** 403 for connection ids that are no array is documented; the bodies of 401 and 403 are not. */
function refuse({ id }: Verdict, message: string): Response {
  if (id === 'cdata.connection-ids') return jsonResponse(403, { error: { code: 'FORBIDDEN', message } })
  const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' }
  return jsonResponse(401, { error: { code: 'UNAUTHORIZED', message } }, challenge)
}
