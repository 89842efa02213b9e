import { decodeJwt, type JwtClaims, type JwtHeader, type Provider } from '@countersign/core'
import { diagnose, readRuleInput } from '@countersign/core/explain'
import type { FoundMistake } from '@countersign/core/provider'
import { expect, test } from 'vitest'
import { createFixedClock } from './fixed-clock.ts'
import { handMadeJwt, rsaSignature } from './hand-made-jwt.ts'
import { toRawHttp } from './raw-http.ts'
import { startRecordingServer } from './recording-server.ts'
import { createRoutedFetch } from './routed-fetch.ts'
import { type TestKeys, testKeys } from './test-keys.ts'
import { describeUnhurried } from './unhurried.ts'

/** What an adapter sent for one call, as it came over the wire. */
export interface SentCall {
  /** Whole requests, at the provider's own addresses: a token request, where there is one, and the call. */
  requests: readonly string[]
  /** The request that carries the JWT; the last, where none does. */
  raw: string
  /** The JWT; empty, where there is none. */
  token: string
  header: JwtHeader
  claims: JwtClaims
}

/** How a call differs from the provider's example. */
export interface CallChange {
  path?: string | undefined
  init?: RequestInit | undefined
  options?: Readonly<Record<string, unknown>> | undefined
}

/** Claims that are wrong: what is wrong with them, the mistake that is found, and its sentence. */
export type WrongClaims = readonly [what: string, claims: object, id: string, sentence?: RegExp]

/** What the suite of one provider's mistakes needs. */
export interface MistakeSuite {
  provider: Provider
  /** The factory's options, without clock and fetch. */
  options: Readonly<Record<string, unknown>>
  /** The response of the token endpoint, where there is one. */
  tokenResponse?: object
  /** How a call differs from the example in further calls in which nothing is wrong. */
  calls?: readonly CallChange[]
  wrongClaims?: readonly WrongClaims[]
  /** The keys, of which `own` is the one in `options`. Default: {@link testKeys}. */
  keys?: TestKeys
}

/** What a provider's own tests go on with. */
export interface MistakeTools {
  /** Calls the adapter on loopback. */
  sent(change?: CallChange): Promise<SentCall>
  /** The same call, whose JWT has other claims or another header under the same key. */
  spoiled(claims: object, change?: CallChange & { header?: object }): Promise<Pick<SentCall, 'raw' | 'token'>>
  /** What is found in an input; signatures are judged where a public key is given. */
  mistakesOf(input: string | Uint8Array, publicKey?: string): Promise<FoundMistake[]>
  idsOf(input: string | Uint8Array, publicKey?: string): Promise<string[]>
}

/**
 * Declares tests of the mistakes that `explain` finds: what the adapter sends shows none, and wrong claims are
 * named. The time of every call is that of `createFixedClock()`.
 *
 * @example
 * ```ts
 * import { describeMistakes } from '@countersign/testing'
 * import { expect, test } from 'vitest'
 * import { acmeProvider } from './acme-provider.ts'
 *
 * const { sent, idsOf } = describeMistakes({
 *   provider: acmeProvider,
 *   options: { tenant: 'tenant-1', passphrase: 'passphrase-1' },
 *   tokenResponse: { session: 'opaque', valid_seconds: 600 },
 * })
 *
 * test('an API call under another scheme is named', async () => {
 *   const { requests } = await sent()
 *   expect(await idsOf(requests.at(-1)?.replace('Bearer', 'Token') ?? '')).toEqual(['request.scheme'])
 * })
 * ```
 */
export function describeMistakes(suite: MistakeSuite): MistakeTools {
  const { provider, options, tokenResponse, calls = [], wrongClaims = [], keys = testKeys() } = suite
  const { privateKey, publicKey } = keys.own
  const clock = createFixedClock()

  async function sent({ path = provider.example.path, init, ...change }: CallChange = {}): Promise<SentCall> {
    await using server = await startRecordingServer(() => ({ body: JSON.stringify(tokenResponse ?? {}) }))
    const { fetch, urls } = createRoutedFetch(server.url)
    const all = { ...options, ...change.options }
    const { [String(all['environment'])]: base = Object.values(provider.baseUrls)[0] } = provider.baseUrls
    await provider.create({ ...all, clock, fetch }).fetch(`${base}/${path}`, init)
    const requests = server.requests.map((request, index) =>
      toRawHttp(request, new URL(urls[index] ?? '').host).toString(),
    )
    const raw = requests.find((request) => jwtPattern.test(request))
    const [token = ''] = jwtPattern.exec(raw ?? '') ?? []
    const parts = token === '' ? { header: {} as JwtHeader, claims: {} } : decodeJwt(token)
    return { requests, raw: raw ?? requests.at(-1) ?? '', token, ...parts }
  }

  async function spoiled(claims: object, { header, ...change }: CallChange & { header?: object } = {}) {
    const good = await sent(change)
    const signature = rsaSignature(privateKey, provider.algorithm)
    const token = handMadeJwt({ ...good.header, ...header }, { ...good.claims, ...claims }, signature)
    const isInBody = good.raw.indexOf(good.token) > good.raw.indexOf('\r\n\r\n')
    const raw = isInBody ? good.raw.replace(/^content-length: .*\r\n/im, '') : good.raw
    return { token, raw: raw.replace(good.token, token) }
  }

  const mistakesOf = async (input: string | Uint8Array, key?: string) =>
    diagnose(provider, await readRuleInput(input, { now: clock.now(), provider, publicKey: key }))

  describeUnhurried(`mistakes with ${provider.title}`, () => {
    test.each([{}, ...calls])('what the adapter sends for %j shows none of them', async (change) => {
      const { requests, token } = await sent(change)
      for (const input of [...requests, ...(token === '' ? [] : [token])])
        expect(await mistakesOf(input, publicKey)).toEqual([])
    })

    const rows = wrongClaims.map(([what, claims, id, sentence = /\.$/]) => ({ what, claims, id, sentence }))
    test.each(rows)('$what is named $id', async ({ claims, id, sentence }) => {
      const { token, raw } = await spoiled(claims)
      for (const input of [token, raw]) {
        const mistakes = await mistakesOf(input)
        expect(mistakes.map((mistake) => mistake.id)).toEqual([id])
        expect(mistakes[0]).toMatchObject({
          sentence: expect.stringMatching(sentence),
          fix: expect.stringMatching(/\.$/),
          source: expect.stringMatching(/^https:\/\//),
        })
      }
    })
  })

  return {
    sent,
    spoiled,
    mistakesOf,
    idsOf: async (input, key) => (await mistakesOf(input, key)).map(({ id }) => id),
  }
}

const jwtPattern = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]+/
