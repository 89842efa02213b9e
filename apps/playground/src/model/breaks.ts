import { type Provider, type SigningKey, signJwt } from '@countersign/core'
import type { Fault } from '@countersign/core/emulator'
import type { JudgedRule } from './judge.ts'
import type { PageKey } from './page-key.ts'
import { resign, swapSecrets } from './tamper.ts'
import { type CarriedJwt, jwtOf, type WireRequest, withBody, withHeader, withJwt, withUrl } from './wire.ts'

/** What a break knows of what it breaks. */
export interface Scene {
  provider: Provider
  /** The first request that the adapter makes. */
  request: WireRequest
  carried: CarriedJwt | undefined
  rules: readonly JudgedRule[]
  /** The call itself. */
  call: { path: string; body: string; method: string }
  /** Options that are secret, by name. */
  secrets: Readonly<Record<string, string>>
}

/** What a break has at hand. */
export interface Tools {
  key: SigningKey | undefined
  /** A key that nobody registered. */
  stranger(): Promise<PageKey>
  secrets: Scene['secrets']
}

export type BreakId =
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

/** Something that is done wrong on purpose. */
export interface Break {
  id: BreakId
  title: string
  /** What the switch does. */
  help: string
  /** Why it cannot be done here; `undefined` when it can. */
  unfit(scene: Scene): string | undefined
  /** Changes a request between the adapter and the provider. */
  tamper?(request: WireRequest, tools: Tools): Promise<WireRequest> | WireRequest
}

/** How far the provider's clock is put ahead. */
export const skewMs = 600_000

const reads = (scene: Scene, name: string) => scene.rules.some((rule) => rule.reads.includes(name))
const signsNothing = ({ provider }: Scene) => `Nothing is signed with these credentials of ${provider.title}.`
const onlyIf = (fits: boolean, otherwise: string) => (fits ? undefined : otherwise)

/** Every switch, in the order in which the page shows them. */
export const breaks: readonly Break[] = [
  {
    id: 'clock',
    title: 'Clock skew',
    help: 'The provider’s clock is ten minutes ahead of yours.',
    unfit: (scene) => onlyIf(scene.carried !== undefined, signsNothing(scene)),
  },
  {
    id: 'key',
    title: 'Wrong key',
    help: 'The proof comes from a key that was never registered.',
    unfit: (scene) =>
      onlyIf(scene.carried !== undefined || Object.keys(scene.secrets).length > 0, signsNothing(scene)),
    async tamper(request, { stranger, secrets }) {
      const carried = jwtOf(request)
      const { signingKey, publicKey } = await stranger()
      if (carried !== undefined) return withJwt(request, await signJwt(signingKey, carried.jwt))
      return swapSecrets(request, secrets, publicKey)
    },
  },
  {
    id: 'expired',
    title: 'Expired',
    help: 'The proof is an hour old when it is sent.',
    unfit: (scene) => onlyIf(scene.carried !== undefined, signsNothing(scene)),
    tamper: (request, { key }) =>
      resign(request, key, ({ iat = 0, exp = 0 }) => ({ iat: iat - 3600, exp: exp - 3600 })),
  },
  {
    id: 'revoked',
    title: 'Token taken back',
    help: 'The provider forgets the access token just before it is used.',
    unfit: ({ provider, request }) =>
      onlyIf(
        !request.headers.has('authorization') &&
          provider.rules.some(({ id }) => id.endsWith('.access-token')),
        `${provider.title} hands out no access token here.`,
      ),
  },
  {
    id: 'audience',
    title: 'Array aud',
    help: 'aud is a list with one member instead of a text.',
    unfit: (scene) => onlyIf(reads(scene, 'aud'), `${scene.provider.title} has no rule about aud.`),
    tamper: (request, { key }) =>
      resign(request, key, ({ aud }) => ({ aud: [String(aud ?? request.url.origin)] })),
  },
  {
    id: 'scheme',
    title: 'Wrong scheme',
    help: 'The word before the credential in Authorization is another.',
    unfit: () => undefined,
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
    help: 'The same assertion is sent a second time.',
    unfit: ({ provider, carried }) =>
      onlyIf(
        carried !== undefined && provider.rules.some(({ id }) => id.endsWith('.replay')),
        `${provider.title} remembers no jti.`,
      ),
  },
  {
    id: 'body',
    title: 'Altered body',
    help: 'One space is put at the end of the body after it was signed.',
    unfit: (scene) =>
      onlyIf(reads(scene, 'body'), `${scene.provider.title} does not sign bodies: nobody would notice.`) ??
      onlyIf(scene.request.body.length > 0, 'The request has no body: choose POST and write one.'),
    tamper: (request) =>
      request.body.length === 0 ? request : withBody(request, Uint8Array.of(...request.body, 0x20)),
  },
  {
    id: 'query',
    title: 'Dropped query',
    help: 'The query is cut off after the address was signed.',
    unfit: (scene) =>
      onlyIf(reads(scene, 'uri'), `${scene.provider.title} does not sign addresses: nobody would notice.`) ??
      onlyIf(scene.request.url.search !== '', 'The path has no query: add one, such as ?page=1.'),
    tamper(request) {
      const url = new URL(request.url)
      url.search = ''
      return withUrl(request, url)
    },
  },
  {
    id: 'fault',
    title: 'Server fault',
    help: 'The provider stumbles once.',
    unfit: () => undefined,
  },
]

/** Faults that the switch can play. */
export const faultKinds = {
  unavailable: { title: '503, once', fault: { status: 503 } },
  reset: { title: 'Connection reset', fault: { reset: true } },
  truncated: { title: 'Answer cut in half', fault: { truncate: true } },
  notJson: { title: 'Answer that is no JSON', fault: { malformedJson: true } },
  redirect: { title: 'Redirect elsewhere', fault: { redirectTo: 'https://elsewhere.example/' } },
} as const satisfies Record<string, { title: string; fault: Fault }>

export type FaultKind = keyof typeof faultKinds
