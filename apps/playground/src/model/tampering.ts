import { type Provider, type SigningKey, signJwt } from '@countersign/core'
import type { Fault } from '@countersign/core/emulator'
import type { RuleInput } from '@countersign/core/provider'
import type { PageKey } from './page-key.ts'
import { hasBody, type RequestForm, signs } from './provider-form.ts'
import { swapSecrets } from './secret-fields.ts'
import { type CarriedJwt, jwtOf, type WireRequest, withBody, withHeader, withJwt, withUrl } from './wire.ts'

/** What decides whether a kind of tampering does anything here. */
export interface TamperContext {
  provider: Provider
  /** Which of the provider's sets of credentials is used. */
  set: number
}

/** What tampering uses. */
export interface TamperTools {
  provider: Provider
  key: SigningKey | undefined
  /** A key that is not registered. */
  otherKey(): Promise<PageKey>
  /** Options that are secret, by name. */
  secrets: Readonly<Record<string, string>>
}

export type TamperingId =
  | 'expired'
  | 'clock'
  | 'key'
  | 'audience'
  | 'scheme'
  | 'query'
  | 'body'
  | 'replay'
  | 'revoked'
  | 'fault'

/** What the library does about a refusal that need not last. */
export interface Correction {
  /** When the refusal holds: `by the provider's clock`. */
  atFirst: string
  /** What the library will do then. */
  next: string
  /** What it did. */
  done: string
}

/** A mistake made on purpose. */
export interface Tampering {
  id: TamperingId
  title: string
  /** What the switch does. */
  help: string
  /** How the library corrects it, so that the request is refused at first only. */
  corrected?: Correction
  /** Why it would change nothing here; `undefined` when it would. */
  unavailable(context: TamperContext): string | undefined
  /** Adds to the request what the mistake is about, such as a query. */
  prepare?(request: RequestForm): RequestForm
  /** Changes a request between the adapter and the provider. */
  tamper?(request: WireRequest, tools: TamperTools): Promise<WireRequest> | WireRequest
  /** What the provider will find that the first request does not show. */
  foresee?(input: RuleInput, context: TamperContext): RuleInput
}

/** How far the provider's clock is moved ahead. */
export const skewMs = 600_000

/** The refusals that the library corrects, by the reason of its repetition. */
export const corrections = {
  clock: {
    atFirst: "by the provider's clock",
    next: 'Then Countersign corrects the time and sends it again.',
    done: 'Then Countersign corrected the time and sent it again.',
  },
  token: {
    atFirst: 'with the first token',
    next: 'Then Countersign gets a new token and sends it again.',
    done: 'Then Countersign got a new token and sent it again.',
  },
} as const satisfies Record<string, Correction>

const signsNothing = ({ provider }: TamperContext) =>
  `${provider.title} has nothing signed with these credentials.`
const unless = (available: boolean, reason: string) => (available ? undefined : reason)
/** The scheme that is sent instead of the right one. */
const otherScheme = (scheme: string | undefined) => (scheme?.toLowerCase() === 'bearer' ? 'Token' : 'Bearer')

/** Whether these credentials are exchanged for an access token: the token endpoint judges what they contain. */
export function exchanges({ provider, set }: TamperContext): boolean {
  if (provider.tokenResponse === undefined) return false
  return (
    !signs({ provider }, { set }) ||
    provider.rules.some(({ endpoint, claims }) => endpoint === 'token' && claims.length > 0)
  )
}

/** Whether a rule is about one-time values. */
function remembers({ rules }: Provider): boolean {
  const input = { now: 0, jwt: { header: { alg: 'RS256' }, claims: {} } }
  return rules.some(
    ({ check }) =>
      check({ ...input, replayed: true }) === false && check({ ...input, replayed: false }) !== false,
  )
}

/** Whether rules are about `aud`, and none of them accepts a list. */
function refusesLists({ rules }: Provider): boolean {
  const jwt = { header: { alg: 'RS256' }, claims: { aud: ['a'] } }
  const own = rules.filter(({ claims }) => claims.includes('aud'))
  return own.length > 0 && own.every(({ check }) => check({ now: 0, jwt, audiences: ['a'] }) !== true)
}

/** Every kind of tampering, in the order in which the page shows them. */
export const tamperings: readonly Tampering[] = [
  {
    id: 'expired',
    title: 'Expired',
    help: 'The JWT is an hour old when it is sent.',
    unavailable: (context) => unless(signs(context, context), signsNothing(context)),
    tamper: (request, { key }) =>
      resign(request, key, ({ iat = 0, exp = 0 }) => ({ iat: iat - 3600, exp: exp - 3600 })),
  },
  {
    id: 'clock',
    title: 'Clock skew',
    help: "The provider's clock is ten minutes ahead of yours.",
    corrected: corrections.clock,
    unavailable: (context) => unless(signs(context, context), signsNothing(context)),
    foresee: (input) => ({ ...input, now: input.now + skewMs }),
  },
  {
    id: 'audience',
    title: 'Array aud',
    help: 'aud is a list with one member instead of a string.',
    unavailable: (context) =>
      unless(
        signs(context, context) && refusesLists(context.provider),
        `${context.provider.title} has no rule against a list in aud.`,
      ),
    tamper: (request, { key }) =>
      resign(request, key, ({ aud }) => ({ aud: [String(aud ?? request.url.origin)] })),
  },
  // After the kinds that change claims: they sign with the registered key.
  {
    id: 'key',
    title: 'Wrong key',
    help: 'The key that signs, or the secret that is sent, is not registered.',
    unavailable: () => undefined,
    async tamper(request, { provider, otherKey, secrets }) {
      const carried = jwtOf(request)
      const { signingKey, publicKey } = await otherKey()
      if (carried !== undefined) return withJwt(request, await signJwt(signingKey, carried.jwt))
      return swapSecrets(request, provider, secrets, publicKey)
    },
    // A wrong signature shows in the request; that nobody has a secret does not.
    foresee: (input, context) => (signs(context, context) ? input : { ...input, known: false }),
  },
  {
    id: 'scheme',
    title: 'Wrong scheme',
    help: 'The word before the credential in Authorization is a different one.',
    unavailable: () => undefined,
    tamper(request) {
      const [scheme, ...rest] = (request.headers.get('authorization') ?? '').split(' ')
      if (rest.length === 0) return request
      return withHeader(request, 'authorization', [otherScheme(scheme), ...rest].join(' '))
    },
    foresee({ now, scheme }, { provider }) {
      const isRight = (word: string) =>
        provider.rules.every(
          ({ endpoint, check }) => endpoint !== 'api' || check({ now, scheme: word }) !== false,
        )
      const own =
        scheme !== undefined && scheme !== ''
          ? undefined
          : otherScheme(isRight('Bearer') ? 'Bearer' : 'Token')
      return { now, endpoint: 'api', scheme: own }
    },
  },
  {
    id: 'query',
    title: 'Dropped query',
    help: 'The query is removed from the address after signing.',
    unavailable: ({ provider }) =>
      unless(provider.proof === 'request', `${provider.title} has no signature over the address.`),
    prepare: (request) =>
      /^[^#]*\?[^#]/.test(request.path)
        ? request
        : { ...request, path: `${request.path.replace(/[?#].*$/s, '')}?page=1` },
    tamper(request) {
      const url = new URL(request.url)
      if (url.search === '') return request
      url.search = ''
      return withUrl(request, url)
    },
  },
  {
    id: 'body',
    title: 'Altered body',
    help: 'A space is added to the body after signing.',
    unavailable: ({ provider }) =>
      unless(provider.proof === 'request', `${provider.title} has no signature over the body.`),
    prepare: (request) =>
      hasBody(request)
        ? request
        : {
            ...request,
            method: request.method === 'GET' ? 'POST' : request.method,
            body: request.body === '' ? exampleBody : request.body,
          },
    tamper: (request) =>
      request.body.length === 0 ? request : withBody(request, Uint8Array.of(...request.body, 0x20)),
  },
  {
    id: 'replay',
    title: 'Replayed jti',
    help: 'The same JWT is sent twice.',
    unavailable: (context) =>
      unless(
        signs(context, context) && remembers(context.provider),
        `${context.provider.title} does not remember jti.`,
      ),
    foresee: (input) => ({ ...input, replayed: true }),
  },
  {
    id: 'revoked',
    title: 'Revoked token',
    help: 'The provider revokes the access token just before it is used.',
    corrected: corrections.token,
    unavailable: (context) =>
      unless(exchanges(context), `${context.provider.title} issues no access token for these credentials.`),
    foresee: ({ now }) => ({ now, endpoint: 'api', issued: 'unknown' }),
  },
  {
    id: 'fault',
    title: 'Server fault',
    help: 'The provider fails once.',
    unavailable: () => undefined,
  },
]

/** The request of a form with what the chosen kinds of tampering are about; the same object when they need nothing. */
export function withNeeds(request: RequestForm, chosen: readonly TamperingId[]): RequestForm {
  return tamperings
    .filter(({ id }) => chosen.includes(id))
    .reduce((made, { prepare }) => prepare?.(made) ?? made, request)
}

/** The body of a request that needs one. */
export const exampleBody = '{"hello":"world"}'

/** Faults of the provider that the page offers. `next` says what will happen, before anything is sent. */
export const faultKinds = {
  unavailable: { title: '503, once', next: 'The provider will answer 503 once.', fault: { status: 503 } },
  reset: {
    title: 'Connection reset',
    next: 'The provider will break the connection once.',
    fault: { reset: true },
  },
  truncated: {
    title: 'Truncated response',
    next: 'The provider will cut its response short once.',
    fault: { truncate: true },
  },
  notJson: {
    title: 'Response that is not JSON',
    next: 'The provider will answer once with what is not JSON.',
    fault: { malformedJson: true },
  },
  redirect: {
    title: 'Redirect to another host',
    next: 'The provider will redirect once, to another host.',
    fault: { redirectTo: 'https://elsewhere.example/' },
  },
} as const satisfies Record<string, { title: string; next: string; fault: Fault }>

export type FaultKind = keyof typeof faultKinds

/** The fault that is chosen first, and that a link does not name. */
export const firstFault: FaultKind = 'unavailable'

/** Whether a text names a fault that the page offers. */
export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultKinds, text)
}

/** Changes claims of the JWT that a request carries, and signs it again. */
async function resign(
  request: WireRequest,
  key: SigningKey | undefined,
  change: (claims: CarriedJwt['jwt']['claims']) => Record<string, unknown>,
): Promise<WireRequest> {
  const carried = jwtOf(request)
  if (carried === undefined || key === undefined) return request
  const { header, claims } = carried.jwt
  return withJwt(request, await signJwt(key, { header, claims: { ...claims, ...change(claims) } }))
}

/** A change of a request: by a kind of tampering, by hand, or its first use before a replay. */
export type Change = TamperingId | 'edit' | 'first-use'

/** What the page calls changes. */
export function toChangeTitles(changes: readonly Change[]): string[] {
  const named = tamperings.filter(({ id }) => changes.includes(id)).map(({ title }) => title)
  return changes.includes('edit') ? ['edited by you', ...named] : named
}

/** What is done to a request between the adapter and the wire. */
export interface TamperOptions {
  tampering: readonly TamperingId[]
  /** A token edited by hand, sent instead of the adapter's. */
  edited: string | undefined
  tools: TamperTools
}

/** Changes a request: first the token that was edited by hand, then every kind of tampering, in its order. */
export async function tamperWith(
  made: WireRequest,
  { tampering, edited, tools }: TamperOptions,
): Promise<{ sent: WireRequest; changedBy: readonly Change[] }> {
  let sent = made
  const changedBy: Change[] = []
  const own = jwtOf(made)?.text
  if (edited !== undefined && own !== undefined && edited !== own) {
    sent = await withJwt(made, edited)
    changedBy.push('edit')
  }
  for (const { id, tamper } of tamperings) {
    if (tamper === undefined || !tampering.includes(id)) continue
    const before = sent
    sent = await tamper(before, tools)
    if (sent !== before) changedBy.push(id)
  }
  return { sent, changedBy }
}
