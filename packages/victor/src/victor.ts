import type { AcquireToken, TokenAuth } from '@countersign/core'
import {
  checkLifetime,
  createAuth,
  createKeyRing,
  createTokenSource,
  exchangeToken,
  type OriginClock,
  Secret,
  signJwt,
  toAuthOptions,
} from '@countersign/core/provider'
import { victorClaims } from './victor-claims.ts'
import { readVictorError } from './victor-error.ts'
import {
  type ParsedVictorOptions,
  parseVictorOptions,
  type VictorEnvironment,
  type VictorOptions,
} from './victor-options.ts'
import { toVictorTokenRequest, victorTokenResponse } from './victor-token.ts'

/**
 * Authentication to Victor with one key. `token()` gives the client JWT (a new one each time unless `reuse` is
 * `until-expiry`), or the OAuth key's access token.
 */
export type Victor = TokenAuth

/** The documented addresses, by environment. */
export const victorBaseUrls: Readonly<Record<VictorEnvironment, string>> = {
  production: 'https://api.victorfi.com',
  staging: 'https://api.stage.victorfi.com',
}

/**
 * Authenticates to Victor by a client JWT (RS512, `Authorization: Token`) or by an OAuth key. `api` retries a POST
 * only when the caller gave it an `Idempotency-Key`, which Victor documents for creating payments.
 *
 * @example
 * ```ts
 * import { createVictor } from '@countersign/victor'
 *
 * declare const apiKey: string, privateKey: string
 * const victor = createVictor({ environment: 'staging', apiKey, privateKey })
 * const accounts = await victor.api.get('v2/accounts').json()
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or invalid.
 * @throws {KeyError} for a fault that the text of the key shows.
 */
export function createVictor(input: VictorOptions): Victor {
  const options = parseVictorOptions(input)
  const shared = toAuthOptions(options, victorBaseUrls[options.environment])
  const { baseUrl, clock } = shared
  const { acquire, identity, reuse } =
    options.kind === 'jwt' ? signing(options) : exchanging(options, baseUrl, clock)
  const cacheKey = async () => ['victor', baseUrl, options.environment, ...(await identity())]
  const secrets = options.kind === 'oauth' ? [options.clientSecret] : []
  const tokens = createTokenSource(acquire, {
    ...options,
    id: 'victor',
    origin: new URL(baseUrl).origin,
    clock,
    cacheKey,
    reuse,
  })
  return createAuth('victor', tokens, {
    ...shared,
    secrets,
    readError: readVictorError,
    idempotency: { header: 'Idempotency-Key', maxLength: 128 },
  })
}

interface Strategy {
  acquire: AcquireToken
  /** Identifies the tokens of this key in the cache key. */
  identity(): Promise<readonly string[]>
  reuse: 'never' | 'until-expiry'
}

function signing(options: Extract<ParsedVictorOptions, { kind: 'jwt' }>): Strategy {
  checkLifetime(options, 'victor')
  const { apiKey, lifetimeSeconds, backdateSeconds, reuse = 'never' } = options
  const ring = createKeyRing(options.privateKeys, { algorithm: 'RS512', provider: 'victor' })
  return {
    reuse,
    identity: async () => ['jwt', apiKey, String(lifetimeSeconds), await ring.fingerprint()],
    async acquire(_previous, { now }) {
      const jwt = victorClaims({ apiKey, lifetimeSeconds, backdateSeconds }, now)
      const value = new Secret(await signJwt(ring.active(now), jwt))
      return { value, scheme: 'Token', issuedAt: now, expiresAt: (jwt.claims.exp ?? 0) * 1000 }
    },
  }
}

function exchanging(
  options: Extract<ParsedVictorOptions, { kind: 'oauth' }>,
  baseUrl: string,
  clock: OriginClock,
): Strategy {
  const { clientId, clientSecret } = options
  return {
    reuse: 'until-expiry',
    identity: async () => ['oauth', clientId, clientSecret.reveal()],
    acquire: (_previous, { signal }) =>
      exchangeToken({
        ...options,
        signal,
        provider: 'victor',
        url: `${baseUrl}/v2/auth/token`,
        clock,
        readError: readVictorError,
        build: async () => toVictorTokenRequest(clientId, clientSecret),
        response: victorTokenResponse,
      }),
  }
}
