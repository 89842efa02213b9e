import {
  type Auth,
  createAuth,
  createOriginClock,
  createSigningKey,
  createTokenSource,
  exchangeToken,
  keyFingerprint,
  parseOptions,
  signJwt,
  type Token,
} from '@countersign/core'
import { speedaAudience, speedaClaims } from './speeda-claims.ts'
import { readSpeedaError } from './speeda-error.ts'
import { type SpeedaOptions, speedaFields } from './speeda-options.ts'
import { processSpeedaToken, toSpeedaTokenRequest } from './speeda-token.ts'

/** Authentication to Speeda with one client's credentials. */
export interface Speeda extends Auth {
  /** The access token, exchanged when there is none that can be used. */
  token(options?: { signal?: AbortSignal }): Promise<Token>
}

/** The only documented address. */
export const speedaBaseUrl = 'https://datafeed.ub-speeda.com'

/**
 * Authenticates to the Speeda Data Feed API by client credentials with a signed client assertion
 * (RFC 6749, section 4.4; RFC 7523, section 2.2). Every token request, and every retry of one, carries an
 * assertion of its own.
 *
 * @throws {ConfigError} `CONFIG_INVALID` at once. @throws {KeyError} for what the key's text tells, at once.
 */
export function createSpeeda(input: SpeedaOptions): Speeda {
  const options = parseOptions(speedaFields, input, 'speeda')
  const { baseUrl = speedaBaseUrl, clientId, keyId, audience = speedaAudience, backdateSeconds } = options
  const key = createSigningKey(options.privateKey, { algorithm: 'RS256', keyId, provider: 'speeda' })
  const clock = createOriginClock(options.clock)
  const tokens = createTokenSource(
    () =>
      exchangeToken({
        ...options,
        provider: 'speeda',
        url: `${baseUrl}/token`,
        clock,
        readError: readSpeedaError,
        async build({ now }) {
          const jti = crypto.randomUUID()
          const assertion = speedaClaims({ clientId, keyId, audience, backdateSeconds, jti }, now)
          return toSpeedaTokenRequest(clientId, await signJwt(key, assertion))
        },
        process: (body, { now }) => processSpeedaToken(body, now),
      }),
    {
      ...options,
      id: 'speeda',
      origin: new URL(baseUrl).origin,
      clock,
      cacheKey: async () => ['speeda', baseUrl, audience, clientId, keyId, await keyFingerprint(key)],
    },
  )
  const auth = createAuth('speeda', tokens, { ...options, baseUrl, clock, readError: readSpeedaError })
  return Object.assign(auth, { token: tokens.get })
}
