import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readAuthorization,
  readJsonObject,
} from '@countersign/core/emulator'
import type { Rule, RuleInput } from '@countersign/core/provider'
import { paymentsGateEndpointOf, paymentsGateRules } from './paymentsgate-rules.ts'

/** What `register` returns, under the option names. The public key is a secret. */
export interface PaymentsGateEmulatorCredentials {
  accountId: string
  publicKey: string
}

export type PaymentsGateEmulator = Emulator<PaymentsGateEmulatorCredentials>

const tokenSeconds = 3600

/** PaymentsGate's side: issuing, refreshing and the example endpoints. */
export function createPaymentsGateEmulator(options: EmulatorOptions = {}): PaymentsGateEmulator {
  const clock = createEmulatorClock(options.clock)
  const accounts = new Map<string, string>()
  const tokens = createIssuedTokens('paymentsgate-access-token')
  const refreshTokens = new Map<string, { accessToken: string; owner: string; used: boolean }>()

  function issuePair(owner: string, now: number): Response {
    const access_token = tokens.issue(owner, tokenSeconds * 1000, now)
    const refresh_token = access_token.replace('access', 'refresh')
    refreshTokens.set(refresh_token, { accessToken: access_token, owner, used: false })
    return jsonResponse(200, { access_token, refresh_token, expires_in: tokenSeconds })
  }

  return createEmulator(
    {
      provider: 'paymentsgate',
      rules: paymentsGateRules,
      basePath: '',
      clock,
      endpointOf: paymentsGateEndpointOf,
      async register(publicKey = emulatedPublicKey) {
        const accountId = `paymentsgate-account-${accounts.size + 1}`
        const pem = publicKey.includes('-----BEGIN ')
        accounts.set(accountId, pem ? toBase64(publicKey) : publicKey)
        return { accountId, publicKey }
      },
      revokeTokens: tokens.revokeAll,
      async gather(request): Promise<RuleInput> {
        const { now, endpoint } = request
        const { scheme, credential } = readAuthorization(request.headers)
        if (endpoint === 'api') return { now, request, scheme, issued: tokens.look(credential, now).state }
        const fields = readJsonObject(request.body)
        if (endpoint === 'token') {
          // Members of a JSON body may be anything; what is no text is no key of the map.
          const registered = accounts.get(fields?.['account_id'] as string)
          return {
            now,
            request,
            fields,
            known: registered !== undefined && registered === fields?.['public_key'],
          }
        }
        const pair = refreshTokens.get(fields?.['refresh_token'] as string)
        return {
          now,
          request,
          fields,
          scheme,
          known: pair?.accessToken === credential,
          replayed: pair?.used === true,
        }
      },
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

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

/** For callers who bring none: text in the form of a key, which proves nothing anywhere. */
const emulatedPublicKey = '-----BEGIN PUBLIC KEY-----\nRU1VTEFURUQ=\n-----END PUBLIC KEY-----\n'

function answerApi({ method, path, body }: EmulatedRequest): Response {
  const [, deal] = /^\/deals\/([^/]+)$/.exec(path) ?? []
  if (method === 'POST' && (deal === 'payin' || deal === 'payout')) {
    return jsonResponse(200, { id: 'emulated-deal-1', type: deal, status: 'new', ...readJsonObject(body) })
  }
  if (method === 'GET' && deal !== undefined) return jsonResponse(200, { id: deal, status: 'completed' })
  return refusal(404, 'NOT_FOUND', 'No such endpoint.')
}

const malformed =
  /\.(issue-method|issue-json|account-id|public-key|public-key-base64|refresh-method|refresh-json|refresh-token)$/

function refuse({ id, sentence }: Rule): Response {
  return malformed.test(id) ? refusal(400, 'BAD_REQUEST', sentence) : refusal(401, 'UNAUTHORIZED', sentence)
}

function refusal(statusCode: number, error: string, message: string): Response {
  return jsonResponse(statusCode, { error, message, statusCode })
}
