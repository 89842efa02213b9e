import {
  type CommonOptions,
  inspectKey,
  keyThumbprint,
  type PrivateKeyInput,
  type Provider,
  type SigningKey,
  type TokenAuth,
} from '@countersign/core'
import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  createRegisteredKeys,
  createReplayMemory,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
} from '@countersign/core/emulator'
import {
  ConfigError,
  checks,
  choiceField,
  claimCheck,
  commonFields,
  createAuth,
  createTokenSource,
  type Endpoint,
  exchangeToken,
  exchangeWithRing,
  fieldCheck,
  isText,
  keyField,
  lifetimeClaims,
  optionalField,
  parseKeyedOptions,
  type Rule,
  requestCheck,
  signJwt,
  type TokenResponseShape,
  textField,
  toAuthOptions,
  toProviderError,
} from '@countersign/core/provider'

const baseUrls = {
  production: 'https://mail.acme.example/v1',
  sandbox: 'https://mail-sandbox.acme.example/v1',
}
const docs = 'https://docs.acme.example/mail/tokens'
const audience = 'https://mail.acme.example'

export interface MailOptions extends CommonOptions {
  clientId: string
  /** The mailbox that calls are about. */
  accountId: string
  privateKey: PrivateKeyInput
  /** The id of the key. Default: its thumbprint. */
  keyId?: string | undefined
  /** Which server is called. Default `production`. */
  environment?: keyof typeof baseUrls | undefined
}

const fields = {
  clientId: textField({
    title: 'Client id',
    help: 'From the Acme dashboard.',
    example: 'client-1',
  }),
  accountId: textField({
    title: 'Account id',
    help: 'The mailbox that calls are about.',
  }),
  privateKey: keyField<PrivateKeyInput>('private-key', {
    title: 'Private key',
    help: 'RSA, 2048 bits.',
  }),
  keyId: optionalField(
    textField({
      title: 'Key id',
      help: 'The id of the key. Default: its thumbprint.',
    }),
  ),
  // Its choices are the names in `baseUrls`: `--environment sandbox` chooses
  // one.
  environment: optionalField(
    choiceField({
      title: 'Environment',
      help: 'Which server is called. Default production.',
      choices: ['production', 'sandbox'],
    }),
  ),
  ...commonFields,
}

/** `{ "error": { "code": "…", "message": "…" } }` */
const readError = (body: unknown) =>
  toProviderError(body, { code: ['error.code'], message: ['error.message'] })

const response: TokenResponseShape = {
  scheme: 'Mail',
  token: 'token',
  expiry: { member: 'valid_until', form: 'iso' },
}

async function keyIdOf({ keyId, publicJwk }: SigningKey): Promise<string> {
  if (keyId !== undefined) return keyId
  if (publicJwk !== undefined) return keyThumbprint(publicJwk)
  throw new ConfigError(
    '`keyId` is missing, and the key does not show its public half.',
    {
      provider: 'mail',
      hint: 'Pass `keyId`.',
    },
  )
}

/**
 * Exchanges a signed assertion for an access token; each attempt has its own
 * assertion.
 */
export function createMail(input: MailOptions): TokenAuth {
  const { options, ring } = parseKeyedOptions(fields, input, {
    provider: 'mail',
    algorithm: 'PS256',
  })
  const {
    clientId,
    accountId,
    environment = 'production',
    backdateSeconds,
    onEvent,
  } = options
  const shared = toAuthOptions(options, baseUrls[environment])
  const tokens = createTokenSource(
    (_previous, { now, signal }) =>
      // A key that the server refuses is replaced by the next one of
      // `privateKeys`.
      exchangeWithRing({
        provider: 'mail',
        ring,
        now,
        onEvent,
        exchange: (key) =>
          exchangeToken({
            ...options,
            ...shared,
            provider: 'mail',
            url: `${shared.baseUrl}/token`,
            signal,
            response,
            readError,
            async build({ now }) {
              const { iat, exp } = lifetimeClaims(
                { lifetimeSeconds: 120, backdateSeconds },
                now,
              )
              const jti = crypto.randomUUID()
              const header = {
                alg: 'PS256',
                typ: 'JWT',
                kid: await keyIdOf(key),
              }
              const claims = { iss: clientId, aud: audience, iat, exp, jti }
              const assertion = await signJwt(key, { header, claims })
              return {
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ grant: 'signed_assertion', assertion }),
                secrets: [assertion],
              }
            },
          }),
      }),
    {
      ...options,
      ...shared,
      id: 'mail',
      origin: new URL(shared.baseUrl).origin,
      cacheKey: async () => [
        'mail',
        shared.baseUrl,
        clientId,
        await ring.fingerprint(),
      ],
    },
  )
  return createAuth('mail', tokens, {
    ...shared,
    readError,
    // On every call of the API, but not on token requests.
    headers: { 'x-mail-account': accountId },
    // `api` adds a random one to a POST, which it then can repeat.
    idempotency: { header: 'Idempotency-Key', automatic: true },
  })
}

const endpointOf = (_method: string, path: string): Endpoint =>
  path === '/token' ? 'token' : 'api'
const token = { endpoint: 'token', severity: 'required', source: docs } as const
const api = { endpoint: 'api', severity: 'required', source: docs } as const
const rules: readonly Rule[] = [
  {
    ...token,
    id: 'mail.token-method',
    requirement: 'A token must be requested with POST.',
    ...checks.method('POST'),
  },
  {
    ...token,
    id: 'mail.token-form',
    requirement: 'The body must be a JSON object.',
    ...checks.json,
  },
  {
    ...token,
    id: 'mail.grant',
    requirement: '`grant` must be `signed_assertion`.',
    ...fieldCheck('grant', (value) => value === 'signed_assertion'),
  },
  {
    ...token,
    id: 'mail.assertion',
    requirement: '`assertion` must be a JWT.',
    ...fieldCheck(
      'assertion',
      (value, { jwt }) => isText(value) && jwt !== undefined,
      { secret: true },
    ),
  },
  {
    ...token,
    id: 'mail.alg',
    requirement: '`alg` must be PS256.',
    ...checks.algorithm('PS256'),
  },
  {
    ...token,
    id: 'mail.kid',
    requirement: '`kid` must be the id of the key.',
    ...checks.text('kid'),
  },
  {
    ...token,
    id: 'mail.iss',
    requirement: '`iss` must be the client id.',
    ...checks.text('iss'),
  },
  {
    ...token,
    id: 'mail.aud',
    requirement: `\`aud\` must be \`${audience}\`.`,
    ...claimCheck('aud', ({ claims }) => claims.aud === audience),
  },
  {
    ...token,
    id: 'mail.times',
    requirement: '`iat` and `exp` must be whole seconds.',
    ...checks.timesInWholeSeconds,
  },
  {
    ...token,
    id: 'mail.lifetime',
    requirement: 'It must live at most 300 s.',
    ...checks.livesAtMost(300),
  },
  {
    ...token,
    id: 'mail.iat',
    requirement: '`iat` must not be ahead.',
    ...checks.notFromTheFuture,
  },
  {
    ...token,
    id: 'mail.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
  },
  {
    ...token,
    id: 'mail.jti',
    requirement: '`jti` must be there.',
    ...checks.text('jti'),
  },
  {
    ...token,
    id: 'mail.registered',
    requirement: 'The key of `kid` must be registered for `iss`.',
    ...checks.known(
      ({ jwt }) => `\`iss\` was ${JSON.stringify(jwt?.claims.iss)}.`,
    ),
  },
  {
    ...token,
    id: 'mail.signature',
    requirement: 'The signature must match the key.',
    ...checks.signature,
  },
  {
    ...token,
    id: 'mail.replay',
    requirement: 'An assertion must be used once.',
    ...checks.notReplayed(['jti'], '`jti` was used before.'),
  },
  {
    ...api,
    id: 'mail.scheme',
    requirement: 'The scheme must be Mail.',
    ...checks.scheme('Mail'),
  },
  {
    ...api,
    id: 'mail.access-token',
    requirement: 'The access token must be current.',
    ...checks.live,
  },
  {
    ...api,
    id: 'mail.account',
    requirement: 'A call must have the header `X-Mail-Account`.',
    ...requestCheck(
      ({ headers }) => headers.has('x-mail-account'),
      () => 'The header was missing.',
    ),
  },
  {
    ...api,
    id: 'mail.account-owner',
    requirement: 'The account must belong to the client.',
    ...checks.known(() => 'It did not.'),
  },
]

export const mailProvider: Provider<'token'> = {
  id: 'mail',
  title: 'Acme Mail',
  summary: 'A PS256 assertion is exchanged for an access token of 600 s.',
  docs,
  fields,
  credentialSets: [['clientId', 'accountId', 'privateKey']],
  algorithm: 'PS256',
  baseUrls,
  basePath: '/v1',
  example: { method: 'GET', path: 'messages' },
  rules,
  endpointOf,
  proof: 'token',
  tokenResponse: response,
  marks: { claims: { aud: 'mail.acme.example' }, schemes: ['mail'] },
  retry: { idempotencyHeader: 'Idempotency-Key' },
  create: (options) => createMail(options as unknown as MailOptions),
}

/** What `register` returns. */
export interface MailCredentials {
  clientId: string
  accountId: string
}

export function createMailEmulator(
  options: EmulatorOptions = {},
): Emulator<MailCredentials> {
  const keys = createRegisteredKeys('mail', 'PS256')
  const used = createReplayMemory()
  const tokens = createIssuedTokens('mail-access-token')
  const accounts = new Map<string, string>()
  const pair = (iss: unknown, other: unknown) => JSON.stringify([iss, other])
  return createEmulator(
    {
      provider: 'mail',
      rules,
      basePath: '/v1',
      clock: createEmulatorClock(options.clock),
      endpointOf,
      async register(publicKey, kept) {
        const number = accounts.size + 1
        const clientId = kept?.clientId ?? `mail-client-${number}`
        const accountId = kept?.accountId ?? `mail-account-${number}`
        accounts.set(clientId, accountId)
        const kid =
          publicKey === undefined
            ? ''
            : (await inspectKey(publicKey)).thumbprint
        await keys.add(pair(clientId, kid), publicKey)
        return { clientId, accountId }
      },
      revokeTokens: tokens.revokeAll,
      async gather({ endpoint, now, credential, headers }, { jwt }) {
        if (endpoint === 'api') {
          const { state, owner = '' } = tokens.look(credential, now)
          return {
            issued: state,
            known: accounts.get(owner) === headers.get('x-mail-account'),
          }
        }
        const { iss, jti } = jwt?.claims ?? {}
        const judged = await keys.judge(pair(iss, jwt?.header.kid), credential)
        return { ...judged, replayed: used.has(pair(iss, jti), now) }
      },
      refuse: ({ endpoint }, message) =>
        jsonResponse(401, {
          error: {
            code: endpoint === 'token' ? 'bad_assertion' : 'bad_token',
            message,
          },
        }),
      async answer({ endpoint, path, now }, { jwt }) {
        if (endpoint === 'token') {
          const { iss = '', jti, exp = 0 } = jwt?.claims ?? {}
          used.add(pair(iss, jti), exp * 1000)
          const token = await tokens.issue(iss, 600_000, now)
          return jsonResponse(200, {
            token,
            valid_until: new Date(now + 600_000).toISOString(),
          })
        }
        return path === '/messages'
          ? jsonResponse(200, { messages: [] })
          : jsonResponse(404, {
              error: {
                code: 'not_found',
                message: 'There is nothing at this address.',
              },
            })
      },
    },
    options,
  )
}
