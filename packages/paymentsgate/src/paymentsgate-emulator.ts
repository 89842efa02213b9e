import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readJsonObject,
} from '@countersign/core/emulator'
import { toBase64, type Verdict } from '@countersign/core/provider'
import { paymentsGateEndpointOf, paymentsGateRules } from './paymentsgate-rules.ts'

/** What `register` returns, under the option names. The public key is a secret. */
export interface PaymentsGateEmulatorCredentials {
  accountId: string
  publicKey: string
}

export type PaymentsGateEmulator = Emulator<PaymentsGateEmulatorCredentials>

const tokenSeconds = 3600

/** Options of the emulator. */
export interface PaymentsGateEmulatorOptions extends EmulatorOptions {
  /**
   * Whether a refresh works without the `Authorization` header, as the official Node and PHP clients send it.
   * Default false: the documentation demands the header, and whether the server does is unknown.
   */
  refreshWithoutHeader?: boolean
}

/**
 * PaymentsGate's side: issuing, refreshing and the example endpoints.
 *
 * @example
 * ```ts
 * import { createPaymentsGate } from '@countersign/paymentsgate'
 * import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
 *
 * const emulator = createPaymentsGateEmulator()
 * const credentials = await emulator.register()
 * const paymentsGate = createPaymentsGate({ environment: 'sandbox', ...credentials, fetch: emulator.fetch })
 * ```
 */
export function createPaymentsGateEmulator(options: PaymentsGateEmulatorOptions = {}): PaymentsGateEmulator {
  const clock = createEmulatorClock(options.clock)
  const accounts = new Map<string, string>()
  const tokens = createIssuedTokens('paymentsgate-access-token', { jwt: true })
  const refreshTokens = new Map<string, { accessToken: string; owner: string; used: boolean }>()

  async function issuePair(owner: string, now: number): Promise<Response> {
    const access_token = await tokens.issue(owner, tokenSeconds * 1000, now)
    const refresh_token = `paymentsgate-refresh-token-${refreshTokens.size + 1}`
    refreshTokens.set(refresh_token, { accessToken: access_token, owner, used: false })
    return jsonResponse(200, { access_token, refresh_token, expires_in: tokenSeconds })
  }

  return createEmulator(
    {
      provider: 'paymentsgate',
      rules: paymentsGateRules.map((rule) =>
        rule.id === 'paymentsgate.refresh-authorization' && options.refreshWithoutHeader !== true
          ? { ...rule, severity: 'required' }
          : rule,
      ),
      basePath: '',
      clock,
      endpointOf: paymentsGateEndpointOf,
      async register(publicKey = emulatedPublicKey, kept = {}) {
        const accountId = kept.accountId ?? `paymentsgate-account-${accounts.size + 1}`
        const pem = publicKey.includes('-----BEGIN ')
        accounts.set(accountId, pem ? toBase64(new TextEncoder().encode(publicKey)) : publicKey)
        return { accountId, publicKey }
      },
      revokeTokens: tokens.revokeAll,
      gather({ endpoint, now, credential }, { fields }) {
        if (endpoint === 'api') return { issued: tokens.look(credential, now).state }
        // Members of a JSON body can be of any type; one that is not a string is not a key of the map.
        if (endpoint === 'token') {
          const registered = accounts.get(fields?.['account_id'] as string)
          return { known: registered !== undefined && registered === fields?.['public_key'] }
        }
        const pair = refreshTokens.get(fields?.['refresh_token'] as string)
        const sentWithout = options.refreshWithoutHeader === true && credential === ''
        return {
          known: pair !== undefined && (sentWithout || pair.accessToken === credential),
          replayed: pair?.used === true,
        }
      },
      identify: ({ credential, now }) => ({ accountId: tokens.look(credential, now).owner }),
      refuse,
      answer(request, { fields }) {
        const { endpoint, now } = request
        if (endpoint === 'api') return answerApi(request)
        if (endpoint === 'token') return issuePair(String(fields?.['account_id']), now)
        const pair = refreshTokens.get(fields?.['refresh_token'] as string)
        if (pair !== undefined) pair.used = true
        return issuePair(pair?.owner ?? '', now)
      },
    },
    options,
  )
}

/** The default: text in the form of a public key that is not a real key. */
const emulatedPublicKey = '-----BEGIN PUBLIC KEY-----\nRU1VTEFURUQ=\n-----END PUBLIC KEY-----\n'

/** The shapes are those that the official Node and Python clients declare. */
function answerApi(request: EmulatedRequest): Response {
  const { method, path, body } = request
  const [, deal, part] = /^\/deals\/([^/]+)(\/credentials)?$/.exec(path) ?? []
  if (deal !== undefined && part === undefined) return answerDeal(request, deal, readJsonObject(body) ?? {})
  switch (`${method} ${deal === undefined ? path : part}`) {
    case 'GET /credentials':
      return jsonResponse(200, {
        type: 'iban',
        account_number: 'EMULATED',
        account_owner: 'Emulated',
        currency,
      })
    case 'GET /wallet':
      return jsonResponse(200, { assets: [{ currency, total: 100, pending: 0, available: 100 }] })
    case 'GET /wallet/deposit':
      return jsonResponse(200, { currency, address: 'emulated-address', expiredAt: later(request) })
    case 'GET /fx/calculation':
      return jsonResponse(200, toQuote(request))
    default:
      return refusal(404, 'NOT_FOUND', 'There is no such endpoint.')
  }
}

const currency = {
  _id: 'emulated-currency-1',
  type: 'fiat',
  code: 'EUR',
  symbol: '€',
  label: 'Euro',
  decimal: 2,
}

function later({ now }: EmulatedRequest): string {
  return new Date(now + 3_600_000).toISOString()
}

function answerDeal(request: EmulatedRequest, deal: string, body: Record<string, unknown>): Response {
  const { method, url } = request
  if (method === 'POST' && (deal === 'payin' || deal === 'payout')) {
    const id = 'emulated-deal-1'
    const payin = { type: body['type'] ?? 'p2p', url: `${url.origin}/widget/${id}` }
    return jsonResponse(200, { ...body, id, status: 'new', ...(deal === 'payin' ? payin : {}) })
  }
  if (method === 'GET' && deal === 'list') {
    const page = Number(url.searchParams.get('page') ?? 0)
    const rows = [toDeal(request, 'emulated-deal-1', 'completed')]
    return jsonResponse(200, { rows, meta: { page, limit: 10, total: 1 } })
  }
  if (method === 'GET') return jsonResponse(200, toDeal(request, deal, 'completed'))
  if (method === 'PATCH') return jsonResponse(200, { ...body, ...toDeal(request, deal, 'completed') })
  if (method === 'DELETE') return jsonResponse(200, toDeal(request, deal, 'canceled'))
  return refusal(404, 'NOT_FOUND', 'There is no such endpoint.')
}

/** `id` is for people; the official clients read `_id`. */
function toDeal(request: EmulatedRequest, id: string, name: string): object {
  const createdAt = new Date(request.now).toISOString()
  const times = { createdAt, updatedAt: createdAt }
  return { _id: id, id, status: { name, ...times }, ...times, expiredAt: later(request) }
}

function toQuote({ url: { searchParams } }: EmulatedRequest): object {
  const [from, to] = [searchParams.get('currency_from'), searchParams.get('currency_to')]
  const quote = { currencyFrom: from, currencyTo: to, pair: `${from}/${to}`, rate: 1 }
  const finalAmount = Number(searchParams.get('amount') ?? 0)
  const rates = { fullRate: 1, fullRateReverse: 1, fees: 0, fees_percent: 0 }
  return { id: 'emulated-quote-1', finalAmount, direction: 'C2F', ...rates, quotes: [quote] }
}

const malformed =
  /\.(issue-method|issue-json|account-id|public-key|public-key-base64|refresh-method|refresh-json|refresh-token)$/

function refuse({ id }: Verdict, message: string): Response {
  return malformed.test(id) ? refusal(400, 'BAD_REQUEST', message) : refusal(401, 'UNAUTHORIZED', message)
}

function refusal(statusCode: number, error: string, message: string): Response {
  return jsonResponse(statusCode, { error, message, statusCode })
}
