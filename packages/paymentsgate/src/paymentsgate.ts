import type { Token, TokenAuth } from '@countersign/core'
import {
  ConfigError,
  createAuth,
  createTokenSource,
  exchangeToken,
  parseOptions,
  type TokenExchange,
  toAuthOptions,
} from '@countersign/core/provider'
import { toPublicKeyClaim } from './paymentsgate-claims.ts'
import { readPaymentsGateError } from './paymentsgate-error.ts'
import { type PaymentsGateOptions, paymentsGateFields } from './paymentsgate-options.ts'
import { paymentsGateTokenResponse, toIssueRequest, toRefreshRequest } from './paymentsgate-token.ts'

/** Authentication to PaymentsGate with one account's credentials; `token()` issues or refreshes when it must. */
export type PaymentsGate = TokenAuth

/** The sandbox; the production host differs by merchant. */
export const paymentsGateSandboxUrl = 'https://secure.sandbox.paymentsgate.io'

/** Refreshing and issuing anew take no longer together than one exchange may take. */
const exchangeTimeoutMs = 45_000
const refreshTimeoutMs = 15_000

/**
 * Authenticates to PaymentsGate: credentials are exchanged for an access token and a refresh token, which
 * renews both. A refresh that fails for any reason is followed by issuing anew; a new pair is stored before
 * its access token is handed out.
 *
 * @example
 * ```ts
 * import { createPaymentsGate } from '@countersign/paymentsgate'
 *
 * declare const accountId: string, publicKey: string
 * const paymentsGate = createPaymentsGate({ environment: 'sandbox', accountId, publicKey })
 * const deals = await paymentsGate.api.get('deals/list').json()
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or invalid.
 * @throws {KeyError} for a fault that the text of the key shows.
 */
export function createPaymentsGate(input: PaymentsGateOptions): PaymentsGate {
  const options = parseOptions(paymentsGateFields, input, 'paymentsgate')
  const { accountId, environment } = options
  const baseUrl = options.baseUrl ?? (environment === 'sandbox' ? paymentsGateSandboxUrl : undefined)
  if (baseUrl === undefined) {
    const hint = "Pass `environment: 'sandbox'`, or your merchant's own address as `baseUrl`."
    throw new ConfigError('`baseUrl` is missing.', { provider: 'paymentsgate', hint })
  }
  const publicKey = toPublicKeyClaim(options.publicKey)
  const shared = toAuthOptions(options, baseUrl)
  const { clock } = shared
  const exchange = (request: Pick<TokenExchange, 'url' | 'build'> & Partial<TokenExchange>) =>
    exchangeToken({
      ...options,
      ...request,
      provider: 'paymentsgate',
      clock,
      readError: readPaymentsGateError,
      response: paymentsGateTokenResponse,
    })
  const issue = (signal: AbortSignal | undefined, totalTimeoutMs?: number) =>
    exchange({
      signal,
      url: `${baseUrl}/auth/token`,
      totalTimeoutMs,
      build: async () => toIssueRequest({ account_id: accountId, public_key: publicKey.reveal() }),
    })
  const refresh = (
    { value, refreshToken }: Token & Required<Pick<Token, 'refreshToken'>>,
    signal: AbortSignal | undefined,
  ) =>
    exchange({
      signal,
      url: `${baseUrl}/auth/token/refresh`,
      rejectedCode: 'TOKEN_REFRESH_REJECTED',
      // It may be used once: what is not answered is not asked again, but issued anew.
      attempts: 1,
      timeoutMs: refreshTimeoutMs,
      build: async () => toRefreshRequest(value, refreshToken),
    })
  const tokens = createTokenSource(
    async (previous, { signal }) => {
      const { refreshToken } = previous ?? {}
      if (previous === undefined || refreshToken === undefined) return issue(signal)
      return refresh({ ...previous, refreshToken }, signal).catch(() =>
        issue(signal, exchangeTimeoutMs - refreshTimeoutMs),
      )
    },
    {
      ...options,
      id: 'paymentsgate',
      origin: new URL(baseUrl).origin,
      clock,
      cacheKey: async () => ['paymentsgate', baseUrl, accountId, publicKey.reveal()],
    },
  )
  return createAuth('paymentsgate', tokens, {
    ...shared,
    secrets: [publicKey],
    readError: readPaymentsGateError,
  })
}
