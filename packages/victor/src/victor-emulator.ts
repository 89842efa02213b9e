import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  createRegisteredKeys,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
} from '@countersign/core/emulator'
import type { Verdict } from '@countersign/core/provider'
import type { VictorEnvironment } from './victor-options.ts'
import { isClientJwt, victorEndpointOf, victorRules } from './victor-rules.ts'

/** What `register` returns, under the option names: one key of each kind, valid in both environments. */
export interface VictorEmulatorCredentials {
  apiKey: string
  clientId: string
  clientSecret: string
}

export interface VictorEmulatorOptions extends EmulatorOptions {
  /** The environment of addresses other than Victor's own. Default `production`. */
  environment?: VictorEnvironment
}

export type VictorEmulator = Emulator<VictorEmulatorCredentials>

const stagingHost = 'api.stage.victorfi.com'
const productionHost = 'api.victorfi.com'
const tokenMs = 3_600_000

/**
 * Victor's side: both environments, both kinds of keys and the example endpoints.
 *
 * @example
 * ```ts
 * import { createVictor, generateKeyPair } from '@countersign/victor'
 * import { createVictorEmulator } from '@countersign/victor/emulator'
 *
 * const { privateKey, publicKey } = await generateKeyPair()
 * const emulator = createVictorEmulator()
 * const { apiKey } = await emulator.register(publicKey)
 * const victor = createVictor({ environment: 'production', apiKey, privateKey, fetch: emulator.fetch })
 * ```
 */
export function createVictorEmulator(options: VictorEmulatorOptions = {}): VictorEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = createRegisteredKeys('victor', 'RS512')
  const secrets = new Map<string, string>()
  const tokens = createIssuedTokens('victor-access-token', { jwt: true })
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
      async register(publicKey, kept) {
        const apiKey = kept?.apiKey ?? crypto.randomUUID()
        await keys.add(apiKey, publicKey)
        const clientId = kept?.clientId ?? `victor-client-${secrets.size + 1}`
        const clientSecret = kept?.clientSecret ?? `emulated-${crypto.randomUUID()}`
        secrets.set(clientId, clientSecret)
        return { apiKey, clientId, clientSecret }
      },
      revokeTokens: tokens.revokeAll,
      async gather({ endpoint, now, url, credential }, ruleInput) {
        const environment = environmentOf(url)
        const { fields, jwt } = ruleInput
        if (endpoint === 'token') {
          // Members of a JSON body can be of any type; one that is not a string is not a key of the map.
          const secret = secrets.get(fields?.['client_id'] as string)
          // The members are documented, their encoding is not: a request without a body has none of them.
          return {
            environment,
            fields: fields ?? {},
            known: secret !== undefined && secret === fields?.['client_secret'],
          }
        }
        const issued = tokens.look(credential, now).state
        if (!isClientJwt({ ...ruleInput, issued })) return { environment, issued }
        return { environment, ...(await keys.judge(jwt?.claims.sub, credential)) }
      },
      identify({ credential, now }, { jwt }) {
        const { owner } = tokens.look(credential, now)
        return owner === undefined ? { apiKey: jwt?.claims.sub } : { clientId: owner }
      },
      refuse,
      async answer(request, { fields }) {
        const { endpoint, now } = request
        if (endpoint === 'api') return answerApi(request)
        const access_token = await tokens.issue(String(fields?.['client_id']), tokenMs, now)
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
    // Inferred: the names of the list's own members, `accounts`, `page` and `total_pages`.
    case 'GET /v2/accounts':
      return jsonResponse(200, {
        accounts: [
          {
            id: 'emulated-account-1',
            victor_account_id: 'emulated-account-1',
            account_name: 'Emulated Account',
            status: 'OPEN',
            created_at: 1_767_225_600,
          },
        ],
        page: 1,
        total_pages: 1,
      })
    // Inferred: the member `webhooks`.
    case 'GET /v2/webhooks':
      return jsonResponse(200, { webhooks: [] })
    default:
      return jsonResponse(404, { code: 'NOT_FOUND', message: 'No such endpoint.' })
  }
}

/** Victor documents no body for 401. */
function refuse({ endpoint }: Verdict, message: string): Response {
  return jsonResponse(401, { code: endpoint === 'token' ? 'INVALID_CLIENT' : 'UNAUTHORIZED', message })
}
