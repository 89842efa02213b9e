import type {
  Auth,
  CommonOptions,
  PrivateKeyInput,
  Provider,
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
  createAuth,
  createPages,
  keyField,
  lifetimeClaims,
  type Pages,
  parseKeyedOptions,
  type Rule,
  sha256,
  signJwt,
  textField,
  toAuthOptions,
  toHex,
  toProviderError,
} from '@countersign/core/provider'

const baseUrl = 'https://ledger.acme.example/v1'
const docs = 'https://docs.acme.example/ledger/signing'

export interface LedgerOptions extends CommonOptions {
  accessKey: string
  privateKey: PrivateKeyInput
}

const fields = {
  accessKey: textField({
    title: 'Access key',
    help: 'From the Acme dashboard.',
    example: 'access-key-1',
  }),
  privateKey: keyField<PrivateKeyInput>('private-key', {
    title: 'Private key',
    help: 'RSA, 2048 bits.',
  }),
  ...commonFields,
}

/**
 * The query parameter that names a page, and the member of a response that
 * names the next one.
 */
const pagination = { parameter: 'cursor', next: 'next' }

const readError = (body: unknown) =>
  toProviderError(body, { code: ['error'], message: ['message'] })

export interface Ledger extends Auth {
  /** Reads a list page by page. */
  readonly pages: Pages
}

/**
 * Signs each request, and each retry, over method, path with query, and body.
 */
export function createLedger(input: LedgerOptions): Ledger {
  const { options, ring } = parseKeyedOptions(fields, input, {
    provider: 'ledger',
    algorithm: 'RS256',
  })
  const { accessKey, backdateSeconds } = options
  const auth = createAuth(
    'ledger',
    async ({ method, url, body }, { now }) => {
      const request = `${method} ${url.pathname}${url.search}`
      const hash = toHex(await sha256(body))
      const { iat, exp } = lifetimeClaims(
        { lifetimeSeconds: 30, backdateSeconds },
        now,
      )
      const claims = { iss: accessKey, iat, exp, request, hash }
      const jwt = await signJwt(ring.active(now), {
        header: { alg: 'RS256', typ: 'JWT' },
        claims,
      })
      return { authorization: `Signature ${jwt}` }
    },
    { ...toAuthOptions(options, baseUrl), readError },
  )
  return Object.assign(auth, {
    pages: createPages(auth, { provider: 'ledger', ...pagination }),
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
    id: 'ledger.scheme',
    requirement: 'The scheme must be Signature.',
    ...checks.scheme('Signature'),
  },
  {
    ...required,
    id: 'ledger.jwt',
    requirement: 'The credential must be a JWT.',
    ...checks.bearerIsJwt,
  },
  {
    ...required,
    id: 'ledger.alg',
    requirement: '`alg` must be RS256.',
    ...checks.algorithm('RS256'),
  },
  {
    ...required,
    id: 'ledger.iss',
    requirement: '`iss` must be the access key.',
    ...checks.text('iss'),
  },
  {
    ...required,
    id: 'ledger.times',
    requirement: '`iat` and `exp` must be whole seconds.',
    ...checks.timesInWholeSeconds,
  },
  {
    ...required,
    id: 'ledger.lifetime',
    requirement: 'It must live at most 60 s.',
    ...checks.livesAtMost(60),
  },
  {
    ...required,
    id: 'ledger.iat',
    requirement: '`iat` must not be ahead.',
    ...checks.notFromTheFuture,
  },
  {
    ...required,
    id: 'ledger.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
  },
  {
    ...required,
    id: 'ledger.request',
    requirement:
      '`request` must be the method and the path with its query, as they are sent.',
    ...claimCheck('request', ({ claims }, { request }) =>
      request === undefined
        ? undefined
        : claims['request'] === `${request.method} ${request.target}`,
    ),
  },
  {
    ...required,
    id: 'ledger.hash',
    requirement: '`hash` must be the SHA-256 of the body, in lower-case hex.',
    ...claimCheck('hash', ({ claims }, { bodySha256 }) =>
      bodySha256 === undefined ? undefined : claims['hash'] === bodySha256,
    ),
  },
  {
    ...required,
    id: 'ledger.registered',
    requirement: '`iss` must be registered.',
    ...checks.known(
      ({ jwt }) => `\`iss\` was ${JSON.stringify(jwt?.claims.iss)}.`,
    ),
  },
  {
    ...required,
    id: 'ledger.signature',
    requirement: 'The signature must match the key.',
    ...checks.signature,
  },
]

export const ledgerProvider: Provider<'request'> = {
  id: 'ledger',
  title: 'Acme Ledger',
  summary: 'Every request carries an RS256 JWT over its method, path and body.',
  docs,
  fields,
  credentialSets: [['accessKey', 'privateKey']],
  algorithm: 'RS256',
  baseUrls: { production: baseUrl },
  basePath: '/v1',
  example: { method: 'GET', path: 'entries' },
  rules,
  proof: 'request',
  pagination,
  marks: { schemes: ['signature'], claims: { hash: true } },
  create: (options) => createLedger(options as unknown as LedgerOptions),
}

export function createLedgerEmulator(
  options: EmulatorOptions = {},
): Emulator<{ accessKey: string }> {
  const keys = createRegisteredKeys('ledger', 'RS256')
  let count = 0
  return createEmulator(
    {
      provider: 'ledger',
      rules,
      basePath: '/v1',
      clock: createEmulatorClock(options.clock),
      endpointOf: () => 'api',
      async register(publicKey, kept) {
        count += 1
        const accessKey = kept?.accessKey ?? `ledger-access-key-${count}`
        await keys.add(accessKey, publicKey)
        return { accessKey }
      },
      gather: ({ credential }, { jwt }) =>
        keys.judge(jwt?.claims.iss, credential),
      refuse: (_rule, message) =>
        jsonResponse(401, { error: 'unauthorized', message }),
      answer({ path, url }) {
        if (path !== '/entries')
          return jsonResponse(404, { error: 'not_found' })
        const isLast = url.searchParams.get('cursor') === 'page-2'
        return jsonResponse(200, {
          entries: [],
          next: isLast ? null : 'page-2',
        })
      },
    },
    options,
  )
}
