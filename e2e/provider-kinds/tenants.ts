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
  claimCheck,
  commonFields,
  createAuthFamily,
  createTokenSourceFamily,
  isText,
  keyField,
  lifetimeClaims,
  optionalField,
  parseKeyedOptions,
  parseOptions,
  type Rule,
  Secret,
  signJwt,
  textField,
  toAuthOptions,
  toProviderError,
} from '@countersign/core/provider'

const baseUrl = 'https://chat.acme.example/v1'
const docs = 'https://docs.acme.example/chat/tenants'

export interface ChatOptions extends CommonOptions {
  clientId: string
  privateKey: PrivateKeyInput
  /** The tenant to act for. By default the client acts for itself. */
  tenantId?: string | undefined
}

const tenantId = textField({
  title: 'Tenant',
  help: 'The tenant to act for.',
  example: 'tenant-1',
})
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
  tenantId: optionalField(tenantId),
  ...commonFields,
}

const readError = (body: unknown) =>
  toProviderError(body, { code: ['error'], message: ['message'] })

export interface Chat extends TokenAuth {
  /**
   * Authentication for one tenant. It shares the key, the clock and the cache
   * of tokens.
   */
  forTenant(tenantId: string): TokenAuth
}

/**
 * One client with one key that acts for many tenants, each with a token of its
 * own.
 */
export function createChat(input: ChatOptions): Chat {
  const { options, ring } = parseKeyedOptions(fields, input, {
    provider: 'chat',
    algorithm: 'RS256',
  })
  const { clientId, backdateSeconds } = options
  const shared = toAuthOptions(options, baseUrl)
  const sourceOf = createTokenSourceFamily<string | undefined>({
    ...options,
    ...shared,
    id: 'chat',
    origin: new URL(shared.baseUrl).origin,
    async acquire(tenant, _previous, { now }) {
      const { iat, exp } = lifetimeClaims(
        { lifetimeSeconds: 300, backdateSeconds },
        now,
      )
      const claims = {
        iss: clientId,
        ...(tenant === undefined ? {} : { sub: tenant }),
        iat,
        exp,
      }
      const jwt = { header: { alg: 'RS256', typ: 'JWT' }, claims } as const
      const value = new Secret(await signJwt(ring.active(now), jwt))
      return { value, scheme: 'Bearer', issuedAt: now, expiresAt: exp * 1000 }
    },
    cacheKey: async (tenant = '') => [
      'chat',
      shared.baseUrl,
      clientId,
      tenant,
      await ring.fingerprint(),
    ],
  })
  const authOf = createAuthFamily('chat', { ...shared, readError })
  return Object.assign(authOf(sourceOf(options.tenantId)), {
    forTenant: (id: string) =>
      authOf(
        sourceOf(parseOptions({ tenantId }, { tenantId: id }, 'chat').tenantId),
      ),
  })
}

const required = {
  endpoint: 'api',
  severity: 'required',
  source: docs,
} as const
const rules: readonly Rule[] = [
  {
    ...required,
    id: 'chat.scheme',
    requirement: 'The scheme must be Bearer.',
    ...checks.scheme('Bearer'),
  },
  {
    ...required,
    id: 'chat.jwt',
    requirement: 'The bearer token must be a JWT.',
    ...checks.bearerIsJwt,
  },
  {
    ...required,
    id: 'chat.alg',
    requirement: '`alg` must be RS256.',
    ...checks.algorithm('RS256'),
  },
  {
    ...required,
    id: 'chat.iss',
    requirement: '`iss` must be the client id.',
    ...checks.text('iss'),
  },
  {
    ...required,
    id: 'chat.sub',
    requirement: '`sub` must be the tenant, where there is one.',
    ...claimCheck(
      'sub',
      ({ claims: { sub } }) => sub === undefined || isText(sub),
    ),
  },
  {
    ...required,
    id: 'chat.times',
    requirement: '`iat` and `exp` must be whole seconds.',
    ...checks.timesInWholeSeconds,
  },
  {
    ...required,
    id: 'chat.lifetime',
    requirement: 'It must live at most 600 s.',
    ...checks.livesAtMost(600),
  },
  {
    ...required,
    id: 'chat.iat',
    requirement: '`iat` must not be ahead.',
    ...checks.notFromTheFuture,
  },
  {
    ...required,
    id: 'chat.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
  },
  {
    ...required,
    id: 'chat.registered',
    requirement: '`iss` must be registered.',
    ...checks.known(
      ({ jwt }) => `\`iss\` was ${JSON.stringify(jwt?.claims.iss)}.`,
    ),
  },
  {
    ...required,
    id: 'chat.signature',
    requirement: 'The signature must match the key.',
    ...checks.signature,
  },
]

export const chatProvider: Provider<'token'> = {
  id: 'chat',
  title: 'Acme Chat',
  summary:
    'A self-signed RS256 JWT is the bearer token; its `sub` is the tenant.',
  docs,
  fields,
  credentialSets: [['clientId', 'privateKey']],
  algorithm: 'RS256',
  baseUrls: { production: baseUrl },
  basePath: '/v1',
  example: { method: 'GET', path: 'tickets' },
  rules,
  proof: 'token',
  create: (options) => createChat(options as unknown as ChatOptions),
}

export function createChatEmulator(
  options: EmulatorOptions = {},
): Emulator<{ clientId: string }> {
  const keys = createRegisteredKeys('chat', 'RS256')
  let count = 0
  return createEmulator(
    {
      provider: 'chat',
      rules,
      basePath: '/v1',
      clock: createEmulatorClock(options.clock),
      endpointOf: () => 'api',
      async register(publicKey, kept) {
        count += 1
        const clientId = kept?.clientId ?? `chat-client-${count}`
        await keys.add(clientId, publicKey)
        return { clientId }
      },
      gather: ({ credential }, { jwt }) =>
        keys.judge(jwt?.claims.iss, credential),
      refuse: (_rule, message) =>
        jsonResponse(401, { error: 'unauthorized', message }),
      answer: ({ path }, { jwt }) =>
        path === '/tickets'
          ? jsonResponse(200, { tickets: [], tenant: jwt?.claims.sub ?? null })
          : jsonResponse(404, { error: 'not_found' }),
    },
    options,
  )
}
