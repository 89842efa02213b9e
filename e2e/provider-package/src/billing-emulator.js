import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  createRegisteredKeys,
  jsonResponse,
} from '@countersign/core/emulator'
import { billingEndpointOf, billingRules } from './billing-rules.js'

/**
 * Acme's side: the token endpoint and the list of invoices.
 *
 * @param {import('@countersign/core/emulator').EmulatorOptions} [options]
 */
export function createBillingEmulator(options = {}) {
  const clock = createEmulatorClock(options.clock)
  const tokens = createIssuedTokens('billing-token')
  const keys = createRegisteredKeys('billing', 'RS256')
  /** @type {Map<unknown, string>} */
  const secrets = new Map()
  return createEmulator(
    {
      provider: 'billing',
      rules: billingRules,
      basePath: '/v2',
      clock,
      endpointOf: billingEndpointOf,
      // `kept` is what an earlier emulator returned, where tokens of before
      // should still be valid.
      async register(publicKey, kept) {
        const number = secrets.size + 1
        const clientId = kept?.clientId ?? `billing-client-${number}`
        const apiSecret = kept?.apiSecret ?? `billing-api-secret-${number}`
        secrets.set(clientId, apiSecret)
        await keys.add(clientId, publicKey)
        return { clientId, apiSecret }
      },
      revokeTokens: tokens.revokeAll,
      async gather({ endpoint, now, credential, headers }, { jwt }) {
        if (endpoint === 'api')
          return { issued: tokens.look(credential, now).state }
        const owner = jwt?.claims.iss
        const { known, signature } = await keys.judge(owner, credential)
        return {
          known: known && secrets.get(owner) === headers.get('x-api-secret'),
          signature,
        }
      },
      refuse: ({ endpoint }, detail) =>
        jsonResponse(401, {
          error: endpoint === 'token' ? 'invalid_client' : 'invalid_token',
          detail,
        }),
      async answer({ endpoint, method, path, now }, { jwt }) {
        if (endpoint === 'token') {
          const access_token = await tokens.issue(
            String(jwt?.claims.iss),
            600_000,
            now,
          )
          return jsonResponse(200, {
            access_token,
            token_type: 'Bearer',
            expires_in: 600,
          })
        }
        return method === 'GET' && path === '/invoices'
          ? jsonResponse(200, {
              invoices: [{ id: 'INV-0001', total: '12.00' }],
            })
          : jsonResponse(404, { error: 'not_found' })
      },
    },
    options,
  )
}
