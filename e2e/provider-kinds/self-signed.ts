import type {
  CommonOptions,
  PrivateKeyInput,
  Provider,
  TokenAuth,
} from '@countersign/core'
import {
  createEmulator,
  createEmulatorClock,
  createRegisteredKeys,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
} from '@countersign/core/emulator'
import {
  checks,
  commonFields,
  createAuth,
  createTokenSource,
  keyField,
  lifetimeClaims,
  parseKeyedOptions,
  type Rule,
  Secret,
  signJwt,
  textField,
  toAuthOptions,
  toProviderError,
} from '@countersign/core/provider'

const baseUrl = 'https://maps.acme.example/v1'
const docs = 'https://docs.acme.example/maps/authentication'

export interface MapsOptions extends CommonOptions {
  clientId: string
  privateKey: PrivateKeyInput
}

const fields = {
  clientId: textField({
    title: 'Client id',
    help: 'From the Acme dashboard.',
    example: 'client-1',
  }),
  privateKey: keyField<PrivateKeyInput>('private-key', {
    title: 'Private key',
    help: 'RSA, 2048 bits.',
  }),
  ...commonFields,
}

const readError = (body: unknown) =>
  toProviderError(body, { code: ['error'], message: ['message'] })

/**
 * Signs a JWT that is the bearer token itself, and uses it until it is about to
 * expire.
 */
export function createMaps(input: MapsOptions): TokenAuth {
  const { options, ring } = parseKeyedOptions(fields, input, {
    provider: 'maps',
    algorithm: 'RS256',
  })
  const { clientId, backdateSeconds } = options
  const shared = toAuthOptions(options, baseUrl)
  const tokens = createTokenSource(
    async (_previous, { now }) => {
      const { iat, exp } = lifetimeClaims(
        { lifetimeSeconds: 300, backdateSeconds },
        now,
      )
      const jwt = {
        header: { alg: 'RS256', typ: 'JWT' },
        claims: { iss: clientId, iat, exp },
      } as const
      const value = new Secret(await signJwt(ring.active(now), jwt))
      return { value, scheme: 'Bearer', issuedAt: now, expiresAt: exp * 1000 }
    },
    {
      ...options,
      ...shared,
      id: 'maps',
      origin: new URL(shared.baseUrl).origin,
      // Every input that changes the token.
      cacheKey: async () => [
        'maps',
        shared.baseUrl,
        clientId,
        await ring.fingerprint(),
      ],
    },
  )
  return createAuth('maps', tokens, { ...shared, readError })
}

const required = {
  endpoint: 'api',
  severity: 'required',
  source: docs,
} as const
const rules: readonly Rule[] = [
  {
    ...required,
    id: 'maps.scheme',
    requirement: 'The scheme must be Bearer.',
    ...checks.scheme('Bearer'),
  },
  {
    ...required,
    id: 'maps.jwt',
    requirement: 'The bearer token must be a JWT.',
    ...checks.bearerIsJwt,
  },
  {
    ...required,
    id: 'maps.alg',
    requirement: '`alg` must be RS256.',
    ...checks.algorithm('RS256'),
  },
  {
    ...required,
    id: 'maps.iss',
    requirement: '`iss` must be the client id.',
    ...checks.text('iss'),
  },
  {
    ...required,
    id: 'maps.times',
    requirement: '`iat` and `exp` must be whole seconds.',
    ...checks.timesInWholeSeconds,
  },
  {
    ...required,
    id: 'maps.lifetime',
    requirement: 'It must live at most 600 s.',
    ...checks.livesAtMost(600),
  },
  {
    ...required,
    id: 'maps.iat',
    requirement: '`iat` must not be ahead.',
    ...checks.notFromTheFuture,
  },
  {
    ...required,
    id: 'maps.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
  },
  {
    ...required,
    id: 'maps.registered',
    requirement: '`iss` must be registered.',
    ...checks.known(
      ({ jwt }) => `\`iss\` was ${JSON.stringify(jwt?.claims.iss)}.`,
    ),
  },
  {
    ...required,
    id: 'maps.signature',
    requirement: 'The signature must match the key.',
    ...checks.signature,
  },
]

export const mapsProvider: Provider<'token'> = {
  id: 'maps',
  title: 'Acme Maps',
  summary:
    'A self-signed RS256 JWT is the bearer token, used until it is about to expire.',
  docs,
  fields,
  credentialSets: [['clientId', 'privateKey']],
  algorithm: 'RS256',
  baseUrls: { production: baseUrl },
  basePath: '/v1',
  example: { method: 'GET', path: 'places' },
  rules,
  proof: 'token',
  create: (options) => createMaps(options as unknown as MapsOptions),
}

export function createMapsEmulator(
  options: EmulatorOptions = {},
): Emulator<{ clientId: string }> {
  const keys = createRegisteredKeys('maps', 'RS256')
  let count = 0
  return createEmulator(
    {
      provider: 'maps',
      rules,
      basePath: '/v1',
      clock: createEmulatorClock(options.clock),
      endpointOf: () => 'api',
      async register(publicKey, kept) {
        count += 1
        const clientId = kept?.clientId ?? `maps-client-${count}`
        await keys.add(clientId, publicKey)
        return { clientId }
      },
      gather: ({ credential }, { jwt }) =>
        keys.judge(jwt?.claims.iss, credential),
      refuse: (_rule, message) =>
        jsonResponse(401, { error: 'unauthorized', message }),
      answer: ({ method, path }) =>
        method === 'GET' && path === '/places'
          ? jsonResponse(200, { places: [] })
          : jsonResponse(404, { error: 'not_found' }),
    },
    options,
  )
}
