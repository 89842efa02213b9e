import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  createRegisteredKeys,
  createReplayMemory,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
} from '@countersign/core/emulator'
import type { Verdict } from '@countersign/core/provider'
import { speedaEndpointOf, speedaRules } from './speeda-rules.ts'

/** What `register` returns, under the option names. */
export interface SpeedaEmulatorCredentials {
  clientId: string
  keyId: string
}

export type SpeedaEmulator = Emulator<SpeedaEmulatorCredentials>

const tokenSeconds = 300

/**
 * Speeda's side: the token endpoint and the example endpoint of the Data Feed API.
 *
 * @example
 * ```ts
 * import { createSpeeda, generateKeyPair } from '@countersign/speeda'
 * import { createSpeedaEmulator } from '@countersign/speeda/emulator'
 *
 * const { privateKey, publicKey } = await generateKeyPair()
 * const emulator = createSpeedaEmulator()
 * const credentials = await emulator.register(publicKey)
 * const speeda = createSpeeda({ ...credentials, privateKey, fetch: emulator.fetch })
 * ```
 */
export function createSpeedaEmulator(options: EmulatorOptions = {}): SpeedaEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = createRegisteredKeys('speeda', 'RS256')
  const used = createReplayMemory()
  const tokens = createIssuedTokens('speeda-access-token')
  const identity = (clientId: unknown, other: unknown) => JSON.stringify([clientId, other])
  let registered = 0
  return createEmulator(
    {
      provider: 'speeda',
      rules: speedaRules,
      basePath: '',
      clock,
      endpointOf: speedaEndpointOf,
      async register(publicKey, kept) {
        registered += 1
        const credentials = {
          clientId: kept?.clientId ?? `speeda-client-${registered}`,
          keyId: kept?.keyId ?? `speeda-key-${registered}`,
        }
        await keys.add(identity(credentials.clientId, credentials.keyId), publicKey)
        return credentials
      },
      revokeTokens: tokens.revokeAll,
      async gather({ endpoint, now, credential }, { jwt }) {
        if (endpoint === 'api') return { issued: tokens.look(credential, now).state }
        return {
          ...(await keys.judge(identity(jwt?.claims.iss, jwt?.header.kid), credential)),
          replayed: used.has(identity(jwt?.claims.iss, jwt?.claims.jti), now),
        }
      },
      identify: ({ credential, now }) => ({ clientId: tokens.look(credential, now).owner }),
      refuse,
      async answer(request, { jwt }) {
        const { now, endpoint } = request
        if (endpoint === 'api') return answerApi(request)
        const { iss = '', jti, exp = 0 } = jwt?.claims ?? {}
        used.add(identity(iss, jti), exp * 1000)
        const access_token = await tokens.issue(iss, tokenSeconds * 1000, now)
        return jsonResponse(
          200,
          { access_token, token_type: 'bearer', expires_in: tokenSeconds },
          { 'cache-control': 'no-store' },
        )
      },
    },
    options,
  )
}

function answerApi({ method, path, url }: EmulatedRequest): Response {
  if (method !== 'GET' || path !== '/private-company/v1/companies')
    return jsonResponse(404, { error: 'not_found' })
  const country = url.searchParams.get('country') ?? 'KOR'
  return jsonResponse(200, { companies: [{ id: 'EMU-0001', name: 'Emulated Company', country }] })
}

const invalidRequest = new Set([
  'speeda.token-method',
  'speeda.token-form',
  'speeda.assertion-type',
  'speeda.client-id',
  'speeda.assertion',
])

/** Speeda documents no error body: these are RFC 6749, section 5.2, and RFC 6750, section 3. */
function refuse({ id, endpoint }: Verdict, error_description: string): Response {
  if (endpoint === 'api') {
    return jsonResponse(
      401,
      { error: 'invalid_token', error_description },
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    )
  }
  if (id === 'speeda.grant-type')
    return jsonResponse(400, { error: 'unsupported_grant_type', error_description })
  if (invalidRequest.has(id)) return jsonResponse(400, { error: 'invalid_request', error_description })
  return jsonResponse(401, { error: 'invalid_client', error_description })
}
