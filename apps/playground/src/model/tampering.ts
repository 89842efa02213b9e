import { type Provider, type SigningKey, signJwt } from '@countersign/core'
import type { Fault } from '@countersign/core/emulator'
import { secretEncodings, toBase64 } from '@countersign/core/provider'
import type { Judgement } from './judge.ts'
import type { PageKey } from './page-key.ts'
import {
  type CarriedJwt,
  fieldsOf,
  jwtOf,
  type WireRequest,
  withBody,
  withFields,
  withHeader,
  withJwt,
  withUrl,
} from './wire.ts'

/** What decides whether a kind of tampering does anything here. */
export interface TamperContext extends Judgement {
  provider: Provider
  /** The first request that the adapter makes. */
  request: WireRequest
  carried: CarriedJwt | undefined
  /** Options that are secret, by name. */
  secrets: Readonly<Record<string, string>>
}

/** What tampering uses. */
export interface TamperTools {
  provider: Provider
  key: SigningKey | undefined
  /** Generates a key that is not registered. */
  otherKey(): Promise<PageKey>
  secrets: TamperContext['secrets']
}

export type TamperingId =
  | 'clock'
  | 'key'
  | 'expired'
  | 'revoked'
  | 'audience'
  | 'scheme'
  | 'replay'
  | 'body'
  | 'query'
  | 'fault'

/** A mistake made on purpose. */
export interface Tampering {
  id: TamperingId
  title: string
  /** What the switch does. */
  help: string
  /** Why it would change nothing here; `undefined` when it would. */
  unavailable(context: TamperContext): string | undefined
  /** Changes a request between the adapter and the provider. */
  tamper?(request: WireRequest, tools: TamperTools): Promise<WireRequest> | WireRequest
}

/** How far the provider's clock is moved ahead. */
export const skewMs = 600_000

const concerns = ({ carried, rules }: TamperContext, claim: string) =>
  carried !== undefined && rules.some(({ claims }) => claims.includes(claim))
const signsRequests = ({ provider }: TamperContext) => provider.proof === 'request'
const signsNothing = ({ provider }: TamperContext) =>
  `${provider.title} has nothing signed with these credentials.`
const unless = (available: boolean, reason: string) => (available ? undefined : reason)

/** Every kind of tampering, in the order in which the page shows them. */
export const tamperings: readonly Tampering[] = [
  {
    id: 'clock',
    title: 'Clock skew',
    help: "The provider's clock is ten minutes ahead of yours.",
    unavailable: (context) => unless(context.carried !== undefined, signsNothing(context)),
  },
  {
    id: 'key',
    title: 'Wrong key',
    help: 'The proof is made with a key that is not registered.',
    unavailable: (context) =>
      unless(context.carried !== undefined || Object.keys(context.secrets).length > 0, signsNothing(context)),
    async tamper(request, { provider, otherKey, secrets }) {
      const carried = jwtOf(request)
      const { signingKey, publicKey } = await otherKey()
      if (carried !== undefined) return withJwt(request, await signJwt(signingKey, carried.jwt))
      return swapSecrets(request, provider, secrets, publicKey)
    },
  },
  {
    id: 'expired',
    title: 'Expired',
    help: 'The proof is an hour old when it is sent.',
    unavailable: (context) => unless(context.carried !== undefined, signsNothing(context)),
    tamper: (request, { key }) =>
      resign(request, key, ({ iat = 0, exp = 0 }) => ({ iat: iat - 3600, exp: exp - 3600 })),
  },
  {
    id: 'revoked',
    title: 'Revoked token',
    help: 'The provider revokes the access token just before it is used.',
    unavailable: ({ provider, ruleInput }) =>
      unless(
        ruleInput.endpoint === 'token',
        `${provider.title} issues no access token for these credentials.`,
      ),
  },
  {
    id: 'audience',
    title: 'Array aud',
    help: 'aud is a list with one member instead of a string.',
    unavailable: (context) =>
      unless(concerns(context, 'aud'), `${context.provider.title} has no rule about aud.`),
    tamper: (request, { key }) =>
      resign(request, key, ({ aud }) => ({ aud: [String(aud ?? request.url.origin)] })),
  },
  {
    id: 'scheme',
    title: 'Wrong scheme',
    help: 'The word before the credential in Authorization is a different one.',
    unavailable: () => undefined,
    tamper(request) {
      const [scheme, ...rest] = (request.headers.get('authorization') ?? '').split(' ')
      if (rest.length === 0) return request
      const other = scheme?.toLowerCase() === 'bearer' ? 'Token' : 'Bearer'
      return withHeader(request, 'authorization', [other, ...rest].join(' '))
    },
  },
  {
    id: 'replay',
    title: 'Replayed jti',
    help: 'The same assertion is sent twice.',
    unavailable: ({ provider, carried, ruleInput }) =>
      unless(
        carried !== undefined &&
          provider.rules.some(
            ({ check }) =>
              check({ ...ruleInput, replayed: true }) === false &&
              check({ ...ruleInput, replayed: false }) !== false,
          ),
        `${provider.title} does not remember jti.`,
      ),
  },
  {
    id: 'body',
    title: 'Altered body',
    help: 'A space is added to the body after signing.',
    unavailable: (context) =>
      unless(signsRequests(context), `${context.provider.title} has no signature over the body.`) ??
      unless(context.request.body.length > 0, 'The request has no body: choose POST and write one.'),
    tamper: (request) =>
      request.body.length === 0 ? request : withBody(request, Uint8Array.of(...request.body, 0x20)),
  },
  {
    id: 'query',
    title: 'Dropped query',
    help: 'The query is removed from the address after signing.',
    unavailable: (context) =>
      unless(signsRequests(context), `${context.provider.title} has no signature over the address.`) ??
      unless(context.request.url.search !== '', 'The path has no query: add one, such as ?page=1.'),
    tamper(request) {
      const url = new URL(request.url)
      url.search = ''
      return withUrl(request, url)
    },
  },
  {
    id: 'fault',
    title: 'Server fault',
    help: 'The provider fails once.',
    unavailable: () => undefined,
  },
]

/** Faults of the provider that the page offers. */
export const faultKinds = {
  unavailable: { title: '503, once', fault: { status: 503 } },
  reset: { title: 'Connection reset', fault: { reset: true } },
  truncated: { title: 'Truncated response', fault: { truncate: true } },
  notJson: { title: 'Response that is not JSON', fault: { malformedJson: true } },
  redirect: { title: 'Redirect to another host', fault: { redirectTo: 'https://elsewhere.example/' } },
} as const satisfies Record<string, { title: string; fault: Fault }>

export type FaultKind = keyof typeof faultKinds

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

/** Replaces every field that is a secret, or Base64 of one, by something of the same form. */
function swapSecrets(
  request: WireRequest,
  { fields: options }: Provider,
  secrets: Readonly<Record<string, string>>,
  otherPublicKey: string,
): Promise<WireRequest> | WireRequest {
  const fields = Object.entries(fieldsOf(request) ?? {})
  const replacementOf = (value: unknown) => {
    const [name] = Object.entries(secrets).find(([, secret]) => holdsSecret(value, secret)) ?? []
    if (name === undefined) return undefined
    const isKey = options[name]?.kind === 'public-key'
    return isKey ? toBase64(new TextEncoder().encode(otherPublicKey)) : 'not-the-secret'
  }
  const swaps = fields.map(([name, value]) => [name, replacementOf(value)] as const)
  if (swaps.every(([, swap]) => swap === undefined)) return request
  return withFields(
    request,
    fields.map(([name, value], index) => [name, swaps[index]?.[1] ?? value]),
  )
}

/** Whether a field holds a secret, in any of its encodings; one of a few characters only as the whole field. */
export function holdsSecret(value: unknown, secret: string): boolean {
  if (value === secret) return true
  return secret.length >= 4 && secretEncodings(secret).some((encoding) => String(value).includes(encoding))
}
