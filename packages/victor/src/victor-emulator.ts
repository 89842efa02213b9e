import { importPublicKey } from '@countersign/core'
import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readAuthorization,
  readForm,
  readJsonObject,
  readJwt,
  signatureHolds,
} from '@countersign/core/emulator'
import type { Rule } from '@countersign/core/provider'
import type { VictorEnvironment } from './victor-options.ts'
import { victorEndpointOf, victorRules } from './victor-rules.ts'

/** What `register` returns, under the option names: one key of each kind, good in both environments. */
export interface VictorEmulatorCredentials {
  apiKey: string
  clientId: string
  clientSecret: string
}

export interface VictorEmulatorOptions extends EmulatorOptions {
  /** Which environment addresses stand for that are neither of Victor's own. Default production. */
  environment?: VictorEnvironment
}

export type VictorEmulator = Emulator<VictorEmulatorCredentials>

const stagingHost = 'api.stage.victorfi.com'
const productionHost = 'api.victorfi.com'
const tokenMs = 3_600_000

/** Victor's side: both environments, both kinds of keys and the example endpoints. */
export function createVictorEmulator(options: VictorEmulatorOptions = {}): VictorEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = new Map<string, CryptoKey>()
  const secrets = new Map<string, string>()
  const tokens = createIssuedTokens('victor-access-token')
  const environmentOf = ({ hostname }: URL) =>
    hostname === stagingHost
      ? 'staging'
      : hostname === productionHost
        ? 'production'
        : (options.environment ?? 'production')
  return createEmulator(
    {
      provider: 'victor',
      rules: victorRules,
      basePath: '',
      clock,
      endpointOf: victorEndpointOf,
      async register(publicKey) {
        const apiKey = crypto.randomUUID()
        if (publicKey !== undefined)
          keys.set(apiKey, await importPublicKey(publicKey, { algorithm: 'RS512', provider: 'victor' }))
        const clientId = `victor-client-${secrets.size + 1}`
        const clientSecret = `emulated-${crypto.randomUUID()}`
        secrets.set(clientId, clientSecret)
        return { apiKey, clientId, clientSecret }
      },
      revokeTokens: tokens.revokeAll,
      async gather(request) {
        const { now, url } = request
        const environment = environmentOf(url)
        if (request.endpoint === 'token') {
          // The members are documented, not how they are encoded.
          const fields = readJsonObject(request.body) ?? readForm(request.body)
          // Members of a JSON body may be anything; what is no text is no key of the map.
          const secret = secrets.get(fields['client_id'] as string)
          return {
            now,
            request,
            environment,
            fields,
            known: secret !== undefined && secret === fields['client_secret'],
          }
        }
        const { scheme, credential } = readAuthorization(request.headers)
        const jwt = readJwt(credential)
        if (jwt === undefined)
          return { now, request, environment, scheme, issued: tokens.look(credential, now).state }
        const key = keys.get(jwt.claims.sub ?? '')
        const signature = await signatureHolds(credential, key, 'RS512')
        return { now, request, environment, scheme, jwt, known: key !== undefined, signature }
      },
      refuse,
      answer(request, { fields }) {
        const { endpoint, now } = request
        if (endpoint === 'api') return answerApi(request)
        const access_token = tokens.issue(String(fields?.['client_id']), tokenMs, now)
        return jsonResponse(200, { access_token, token_type: 'Bearer', expires: now + tokenMs })
      },
    },
    options,
  )
}

function answerApi({ method, path }: EmulatedRequest): Response {
  const [, payment] = /^\/v2\/payments\/ach\/([^/]+)$/.exec(path) ?? []
  if (method === 'GET' && payment !== undefined)
    return jsonResponse(200, { id: payment, status: 'SETTLED', amount: '1.00' })
  switch (`${method} ${path}`) {
    case 'GET /v2/accounts':
      return jsonResponse(200, { accounts: [{ id: 'emulated-account-1', status: 'OPEN' }] })
    case 'GET /v2/webhooks':
      return jsonResponse(200, { webhooks: [] })
    default:
      return jsonResponse(404, { code: 'NOT_FOUND', message: 'No such endpoint.' })
  }
}

/** Victor documents no body for 401. */
function refuse({ id, sentence }: Rule): Response {
  const code = id.startsWith('victor.client') ? 'INVALID_CLIENT' : 'UNAUTHORIZED'
  return jsonResponse(401, { code, message: sentence })
}
