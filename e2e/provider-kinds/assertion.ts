import type { CommonOptions, PrivateKeyInput, Provider, TokenAuth } from '@countersign/core'
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
  checks,
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
  parseKeyedOptions,
  type Rule,
  signJwt,
  type TokenResponseShape,
  textField,
  toAuthOptions,
  toProviderError,
} from '@countersign/core/provider'

const baseUrl = 'https://mail.acme.example/v1'
const docs = 'https://docs.acme.example/mail/tokens'
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface MailOptions extends CommonOptions {
  clientId: string
  privateKey: PrivateKeyInput
}

const fields = {
  clientId: textField({ title: 'Client id', help: 'From the Acme dashboard.', example: 'client-1' }),
  privateKey: keyField<PrivateKeyInput>('private-key', { title: 'Private key', help: 'RSA, 2048 bits.' }),
  ...commonFields,
}

const readError = (body: unknown) => toProviderError(body, { code: ['error'], message: ['message'] })

const response: TokenResponseShape = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
}

/** Exchanges a client assertion (RFC 7523, section 2.2) for an access token; each attempt has its own assertion. */
export function createMail(input: MailOptions): TokenAuth {
  const { options, ring } = parseKeyedOptions(fields, input, { provider: 'mail', algorithm: 'RS256' })
  const { clientId, backdateSeconds, onEvent } = options
  const shared = toAuthOptions(options, baseUrl)
  const tokens = createTokenSource(
    (_previous, { now, signal }) =>
      // A key that the server refuses is replaced by the next one of `privateKeys`.
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
              const { iat, exp } = lifetimeClaims({ lifetimeSeconds: 120, backdateSeconds }, now)
              const jti = crypto.randomUUID()
              const claims = { iss: clientId, sub: clientId, aud: 'https://mail.acme.example', iat, exp, jti }
              const assertion = await signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims })
              const form = new URLSearchParams({
                grant_type: 'client_credentials',
                client_assertion_type: assertionType,
                client_assertion: assertion,
              })
              return {
                headers: { 'content-type': 'application/x-www-form-urlencoded' },
                body: form.toString(),
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
      cacheKey: async () => ['mail', shared.baseUrl, clientId, await ring.fingerprint()],
    },
  )
  return createAuth('mail', tokens, { ...shared, readError })
}

const endpointOf = (_method: string, path: string): Endpoint => (path === '/token' ? 'token' : 'api')
const token = { endpoint: 'token', severity: 'required', source: docs } as const
const api = { endpoint: 'api', severity: 'required', source: docs } as const
const rules: readonly Rule[] = [
  {
    ...token,
    id: 'mail.token-method',
    requirement: 'A token must be requested with POST.',
    ...checks.method('POST'),
  },
  { ...token, id: 'mail.token-form', requirement: 'The body must be a form.', ...checks.form },
  {
    ...token,
    id: 'mail.grant-type',
    requirement: '`grant_type` must be `client_credentials`.',
    ...fieldCheck('grant_type', (value) => value === 'client_credentials'),
  },
  {
    ...token,
    id: 'mail.assertion-type',
    requirement: `\`client_assertion_type\` must be \`${assertionType}\`.`,
    ...fieldCheck('client_assertion_type', (value) => value === assertionType),
  },
  {
    ...token,
    id: 'mail.assertion',
    requirement: '`client_assertion` must be a JWT.',
    ...fieldCheck('client_assertion', (value, { jwt }) => isText(value) && jwt !== undefined, {
      secret: true,
    }),
  },
  { ...token, id: 'mail.alg', requirement: '`alg` must be RS256.', ...checks.algorithm('RS256') },
  { ...token, id: 'mail.iss', requirement: '`iss` must be the client id.', ...checks.text('iss') },
  {
    ...token,
    id: 'mail.aud',
    requirement: '`aud` must be `https://mail.acme.example`.',
    ...claimCheck('aud', ({ claims }) => claims.aud === 'https://mail.acme.example'),
  },
  {
    ...token,
    id: 'mail.times',
    requirement: '`iat` and `exp` must be whole seconds.',
    ...checks.timesInWholeSeconds,
  },
  { ...token, id: 'mail.lifetime', requirement: 'It must live at most 300 s.', ...checks.livesAtMost(300) },
  { ...token, id: 'mail.iat', requirement: '`iat` must not be ahead.', ...checks.notFromTheFuture },
  { ...token, id: 'mail.exp', requirement: '`exp` must be in the future.', ...checks.notExpired },
  { ...token, id: 'mail.jti', requirement: '`jti` must be there.', ...checks.text('jti') },
  {
    ...token,
    id: 'mail.registered',
    requirement: '`iss` must be registered.',
    ...checks.known(({ jwt }) => `\`iss\` was ${JSON.stringify(jwt?.claims.iss)}.`),
  },
  { ...token, id: 'mail.signature', requirement: 'The signature must match the key.', ...checks.signature },
  {
    ...token,
    id: 'mail.replay',
    requirement: 'An assertion must be used once.',
    ...checks.notReplayed(['jti'], '`jti` was used before.'),
  },
  { ...api, id: 'mail.scheme', requirement: 'The scheme must be Bearer.', ...checks.scheme('Bearer') },
  { ...api, id: 'mail.access-token', requirement: 'The access token must be current.', ...checks.live },
]

export const mailProvider: Provider<'token'> = {
  id: 'mail',
  title: 'Acme Mail',
  summary: 'An RS256 client assertion is exchanged for an access token of 600 s.',
  docs,
  fields,
  credentialSets: [['clientId', 'privateKey']],
  algorithm: 'RS256',
  baseUrls: { production: baseUrl },
  basePath: '/v1',
  example: { method: 'GET', path: 'messages' },
  rules,
  endpointOf,
  proof: 'token',
  tokenResponse: response,
  marks: { claims: { aud: 'mail.acme.example' } },
  create: (options) => createMail(options as unknown as MailOptions),
}

export function createMailEmulator(options: EmulatorOptions = {}): Emulator<{ clientId: string }> {
  const keys = createRegisteredKeys('mail', 'RS256')
  const used = createReplayMemory()
  const tokens = createIssuedTokens('mail-access-token')
  const onceOf = (iss: unknown, jti: unknown) => JSON.stringify([iss, jti])
  let count = 0
  return createEmulator(
    {
      provider: 'mail',
      rules,
      basePath: '/v1',
      clock: createEmulatorClock(options.clock),
      endpointOf,
      async register(publicKey, kept) {
        count += 1
        const clientId = kept?.clientId ?? `mail-client-${count}`
        await keys.add(clientId, publicKey)
        return { clientId }
      },
      revokeTokens: tokens.revokeAll,
      async gather({ endpoint, now, credential }, { jwt }) {
        if (endpoint === 'api') return { issued: tokens.look(credential, now).state }
        const { iss, jti } = jwt?.claims ?? {}
        return { ...(await keys.judge(iss, credential)), replayed: used.has(onceOf(iss, jti), now) }
      },
      refuse: ({ endpoint }, message) =>
        jsonResponse(401, { error: endpoint === 'token' ? 'invalid_client' : 'invalid_token', message }),
      async answer({ endpoint, path, now }, { jwt }) {
        if (endpoint === 'token') {
          const { iss = '', jti, exp = 0 } = jwt?.claims ?? {}
          used.add(onceOf(iss, jti), exp * 1000)
          const access_token = await tokens.issue(iss, 600_000, now)
          return jsonResponse(200, { access_token, token_type: 'Bearer', expires_in: 600 })
        }
        return path === '/messages'
          ? jsonResponse(200, { messages: [] })
          : jsonResponse(404, { error: 'not_found' })
      },
    },
    options,
  )
}
