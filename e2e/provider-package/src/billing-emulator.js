import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  jsonResponse,
  signatureHolds,
} from '@countersign/core/emulator'
import { importPublicKey } from '@countersign/core/provider'
import { billingEndpointOf, billingRules } from './billing-rules.js'

/**
 * Acme's side: the token endpoint and the list of invoices.
 *
 * @param {import('@countersign/core/emulator').EmulatorOptions} [options]
 */
export function createBillingEmulator(options = {}) {
  const clock = createEmulatorClock(options.clock)
  const tokens = createIssuedTokens('billing-token')
  /** @type {Map<string, { apiSecret: string, key: CryptoKey | undefined }>} */
  const clients = new Map()
  return createEmulator(
    {
      provider: 'billing',
      rules: billingRules,
      basePath: '/v2',
      clock,
      endpointOf: billingEndpointOf,
      async register(publicKey) {
        const number = clients.size + 1
        const credentials = {
          clientId: `billing-client-${number}`,
          apiSecret: `billing-api-secret-${number}`,
        }
        const key =
          publicKey === undefined
            ? undefined
            : await importPublicKey(publicKey, { algorithm: 'RS256', provider: 'billing' })
        clients.set(credentials.clientId, { apiSecret: credentials.apiSecret, key })
        return credentials
      },
      revokeTokens: tokens.revokeAll,
      async gather({ endpoint, now, credential, headers }, { jwt }) {
        if (endpoint === 'api') return { issued: tokens.look(credential, now).state }
        const client = clients.get(String(jwt?.claims.iss))
        return {
          known: client !== undefined && client.apiSecret === headers.get('x-api-secret'),
          signature: await signatureHolds(credential, client?.key, 'RS256'),
        }
      },
      refuse: ({ endpoint }, detail) =>
        jsonResponse(401, { error: endpoint === 'token' ? 'invalid_client' : 'invalid_token', detail }),
      async answer({ endpoint, method, path, now }, { jwt }) {
        if (endpoint === 'token') {
          const access_token = await tokens.issue(String(jwt?.claims.iss), 600_000, now)
          return jsonResponse(200, { access_token, token_type: 'Bearer', expires_in: 600 })
        }
        return method === 'GET' && path === '/invoices'
          ? jsonResponse(200, { invoices: [{ id: 'INV-0001', total: '12.00' }] })
          : jsonResponse(404, { error: 'not_found' })
      },
    },
    options,
  )
}
