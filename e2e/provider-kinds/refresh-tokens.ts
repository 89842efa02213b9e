import type {
  CommonOptions,
  Provider,
  Secret,
  TokenAuth,
} from '@countersign/core'
import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
} from '@countersign/core/emulator'
import {
  checks,
  commonFields,
  createAuth,
  createTokenSource,
  type Endpoint,
  exchangeToken,
  fieldCheck,
  isText,
  parseOptions,
  type Rule,
  secretField,
  type TokenResponseShape,
  textField,
  toAuthOptions,
  toProviderError,
} from '@countersign/core/provider'

const baseUrl = 'https://drive.acme.example/v1'
const docs = 'https://docs.acme.example/drive/tokens'
const json = { 'content-type': 'application/json' }

export interface DriveOptions extends CommonOptions {
  clientId: string
  clientSecret: string | Secret
}

const fields = {
  clientId: textField({
    title: 'Client id',
    help: 'From the Acme dashboard.',
    example: 'client-1',
  }),
  clientSecret: secretField({
    title: 'Client secret',
    help: 'Shown once in the Acme dashboard.',
  }),
  ...commonFields,
}

const readError = (body: unknown) =>
  toProviderError(body, { code: ['error'], message: ['message'] })

const response: TokenResponseShape = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
  refreshToken: 'refresh_token',
}

/**
 * Exchanges a client secret for an access token and a refresh token, which
 * works once and renews both.
 */
export function createDrive(input: DriveOptions): TokenAuth {
  const options = parseOptions(fields, input, 'drive')
  const { clientId, clientSecret } = options
  const shared = toAuthOptions(options, baseUrl)
  const call = { ...options, ...shared, provider: 'drive', response, readError }
  const exchange = (signal: AbortSignal | undefined, totalTimeoutMs: number) =>
    exchangeToken({
      ...call,
      url: `${shared.baseUrl}/token`,
      signal,
      totalTimeoutMs,
      async build() {
        const body = JSON.stringify({
          client_id: clientId,
          client_secret: clientSecret.reveal(),
        })
        return { headers: json, body, secrets: [clientSecret] }
      },
    })
  const refresh = (refreshToken: Secret, signal: AbortSignal | undefined) =>
    exchangeToken({
      ...call,
      url: `${shared.baseUrl}/token`,
      signal,
      rejectedCode: 'TOKEN_REFRESH_REJECTED',
      // It works once: what is not answered is not sent again.
      attempts: 1,
      timeoutMs: 15_000,
      async build() {
        const body = JSON.stringify({ refresh_token: refreshToken.reveal() })
        return { headers: json, body, secrets: [refreshToken] }
      },
    })
  const tokens = createTokenSource(
    async (previous, { signal }) => {
      const { refreshToken } = previous ?? {}
      if (refreshToken === undefined) return exchange(signal, 45_000)
      // A refresh that fails for any reason is followed by a new exchange.
      return refresh(refreshToken, signal).catch(() => exchange(signal, 30_000))
    },
    {
      ...options,
      ...shared,
      id: 'drive',
      origin: new URL(shared.baseUrl).origin,
      cacheKey: async () => [
        'drive',
        shared.baseUrl,
        clientId,
        clientSecret.reveal(),
      ],
    },
  )
  return createAuth('drive', tokens, {
    ...shared,
    readError,
    secrets: [clientSecret],
  })
}

/** Both are requested at one address, so the body decides. */
function endpointOf(
  _method: string,
  path: string,
  fields?: Readonly<Record<string, unknown>>,
): Endpoint {
  if (path !== '/token') return 'api'
  return fields?.['refresh_token'] === undefined ? 'token' : 'refresh'
}
const token = { endpoint: 'token', severity: 'required', source: docs } as const
const renewal = {
  endpoint: 'refresh',
  severity: 'required',
  source: docs,
} as const
const api = { endpoint: 'api', severity: 'required', source: docs } as const
const rules: readonly Rule[] = [
  {
    ...token,
    id: 'drive.token-method',
    requirement: 'A token must be requested with POST.',
    ...checks.method('POST'),
  },
  {
    ...token,
    id: 'drive.token-form',
    requirement: 'The body must be a JSON object.',
    ...checks.json,
  },
  {
    ...token,
    id: 'drive.client-id',
    requirement: '`client_id` must be there.',
    ...fieldCheck('client_id', isText),
  },
  {
    ...token,
    id: 'drive.client-secret',
    requirement: '`client_secret` must be there.',
    ...fieldCheck('client_secret', isText, { secret: true }),
  },
  {
    ...token,
    id: 'drive.registered',
    requirement: '`client_id` and `client_secret` must belong together.',
    ...checks.known(() => 'They did not.'),
  },
  {
    ...renewal,
    id: 'drive.refresh-token',
    requirement: 'The refresh token must be one that was issued and not used.',
    ...checks.live,
  },
  {
    ...api,
    id: 'drive.scheme',
    requirement: 'The scheme must be Bearer.',
    ...checks.scheme('Bearer'),
  },
  {
    ...api,
    id: 'drive.access-token',
    requirement: 'The access token must be current.',
    ...checks.live,
  },
]

export const driveProvider: Provider<'token'> = {
  id: 'drive',
  title: 'Acme Drive',
  summary:
    'A client secret is exchanged for an access token of 600 s and a refresh token.',
  docs,
  fields,
  credentialSets: [['clientId', 'clientSecret']],
  baseUrls: { production: baseUrl },
  basePath: '/v1',
  example: { method: 'GET', path: 'files' },
  rules,
  endpointOf,
  proof: 'token',
  tokenResponse: response,
  create: (options) => createDrive(options as unknown as DriveOptions),
}

/** What `register` returns. */
export interface DriveCredentials {
  clientId: string
  clientSecret: string
}

export function createDriveEmulator(
  options: EmulatorOptions = {},
): Emulator<DriveCredentials> {
  const secrets = new Map<unknown, string>()
  const tokens = createIssuedTokens('drive-access-token')
  const refreshTokens = createIssuedTokens('drive-refresh-token')
  return createEmulator(
    {
      provider: 'drive',
      rules,
      basePath: '/v1',
      clock: createEmulatorClock(options.clock),
      endpointOf,
      async register(_publicKey, kept) {
        const number = secrets.size + 1
        const clientId = kept?.clientId ?? `drive-client-${number}`
        const clientSecret =
          kept?.clientSecret ?? `drive-client-secret-${number}`
        secrets.set(clientId, clientSecret)
        return { clientId, clientSecret }
      },
      revokeTokens: tokens.revokeAll,
      gather({ endpoint, now, credential }, { fields }) {
        if (endpoint === 'api')
          return { issued: tokens.look(credential, now).state }
        if (endpoint === 'refresh')
          return {
            issued: refreshTokens.look(String(fields?.['refresh_token']), now)
              .state,
          }
        const secret = secrets.get(fields?.['client_id'])
        return {
          known: secret !== undefined && secret === fields?.['client_secret'],
        }
      },
      refuse: ({ endpoint }, message) =>
        jsonResponse(401, {
          error: endpoint === 'token' ? 'invalid_client' : 'invalid_token',
          message,
        }),
      async answer({ endpoint, path, now }, { fields }) {
        if (endpoint === 'api')
          return path === '/files'
            ? jsonResponse(200, { files: [] })
            : jsonResponse(404, { error: 'not_found' })
        const presented = String(fields?.['refresh_token'])
        const owner =
          refreshTokens.look(presented, now).owner ??
          String(fields?.['client_id'])
        refreshTokens.revoke(presented)
        const access_token = await tokens.issue(owner, 600_000, now)
        const refresh_token = await refreshTokens.issue(owner, 86_400_000, now)
        return jsonResponse(200, {
          access_token,
          refresh_token,
          expires_in: 600,
        })
      },
    },
    options,
  )
}
