import type { SigningKey, TokenAuth } from '@countersign/core'
import {
  createAuth,
  createTokenSource,
  exchangeToken,
  exchangeWithRing,
  parseKeyedOptions,
  signJwt,
  toAuthOptions,
} from '@countersign/core/provider'
import { speedaAudience, speedaClaims } from './speeda-claims.ts'
import { readSpeedaError } from './speeda-error.ts'
import { type SpeedaOptions, speedaFields } from './speeda-options.ts'
import { speedaTokenResponse, toSpeedaTokenRequest } from './speeda-token.ts'

/** Authentication to Speeda with one client's credentials; `token()` exchanges a token when there is no usable one. */
export type Speeda = TokenAuth

/** The only documented address. */
export const speedaBaseUrl = 'https://datafeed.ub-speeda.com'

/**
 * Authenticates to the Speeda Data Feed API by client credentials with a signed client assertion
 * (RFC 6749, section 4.4; RFC 7523, section 2.2). Every token request, and every retry of one, carries an
 * assertion of its own.
 *
 * @example
 * ```ts
 * import { createSpeeda } from '@countersign/speeda'
 *
 * declare const clientId: string, keyId: string, privateKey: string
 * const speeda = createSpeeda({ clientId, keyId, privateKey })
 * const companies = await speeda.api.get('private-company/v1/companies', { searchParams: { country: 'KOR' } }).json()
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or invalid.
 * @throws {KeyError} for a fault that the text of the key shows.
 */
export function createSpeeda(input: SpeedaOptions): Speeda {
  const { options, ring } = parseKeyedOptions(speedaFields, input, { provider: 'speeda', algorithm: 'RS256' })
  const { clientId, audience = speedaAudience, backdateSeconds, onEvent } = options
  const shared = toAuthOptions(options, speedaBaseUrl)
  const { baseUrl, clock } = shared
  const exchange = (key: SigningKey, signal: AbortSignal | undefined) =>
    exchangeToken({
      ...options,
      provider: 'speeda',
      url: `${baseUrl}/token`,
      clock,
      signal,
      readError: readSpeedaError,
      async build({ now }) {
        const jti = crypto.randomUUID()
        const assertion = speedaClaims(
          { clientId, keyId: key.keyId ?? '', audience, backdateSeconds, jti },
          now,
        )
        return toSpeedaTokenRequest(clientId, await signJwt(key, assertion))
      },
      response: speedaTokenResponse,
    })
  const tokens = createTokenSource(
    (_previous, { now, signal }) =>
      exchangeWithRing({
        provider: 'speeda',
        ring,
        now,
        onEvent,
        exchange: (key) => exchange(key, signal),
      }),
    {
      ...options,
      id: 'speeda',
      origin: new URL(baseUrl).origin,
      clock,
      cacheKey: async () => ['speeda', baseUrl, audience, clientId, await ring.fingerprint()],
    },
  )
  return createAuth('speeda', tokens, { ...shared, readError: readSpeedaError })
}
