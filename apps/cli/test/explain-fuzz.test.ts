import { diagnose, factsOf, guessProvider, readRuleInput, showValue } from '@countersign/core/explain'
import { explain } from '@countersign/core/provider'
import { numRuns } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadProviders } from '../src/providers.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const seconds = now / 1000

const names = fc.constantFrom(
  ...[
    'iss',
    'sub',
    'aud',
    'iat',
    'exp',
    'nbf',
    'jti',
    'uri',
    'method',
    'body',
    'tokenType',
    'connection_ids',
  ],
  ...['kid', 'typ', '__proto__', 'toString'],
)
const odd = fc.constantFrom<unknown>(
  ...[
    seconds,
    seconds + 1,
    seconds + 30,
    now,
    String(now),
    -1,
    0.5,
    1e300,
    '',
    ' x ',
    '["a"]',
    '{',
    '[[',
    'get',
  ],
  ...[
    '/v1/ping',
    'https://x/y',
    '%',
    '%zz',
    '\ud800',
    null,
    true,
    [],
    ['https://datafeed.ub-speeda.com/token'],
  ],
  ...[{ toString: null, valueOf: 1 }, [{ toString: null }], { toJSON: 1 }],
)
const members = fc.dictionary(
  names,
  fc.oneof({ weight: 3, arbitrary: odd }, fc.jsonValue() as fc.Arbitrary<unknown>),
)
const token = fc
  .record({ header: members, claims: members, alg: fc.constantFrom('RS256', 'RS512', 'HS256', 'none') })
  .map(({ header, claims, alg }) => `${encode({ ...header, alg })}.${encode(claims)}.c2ln`)
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const scheme = fc.constantFrom('Bearer ', 'Token ', 'bearer bearer ', '', 'Basic ')
const target = fc.oneof(
  fc.constantFrom(
    '/token',
    '/v2/auth/token',
    '/auth/token/refresh',
    '/utgl/v1/ping?',
    '/%',
    '//',
    '/?&&=%%',
    '/mcp/connections/%',
  ),
  fc.webPath().map((path) => `/${path}?${path}`),
)
const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  members.map((value) => JSON.stringify(value)),
  token.map((assertion) => `client_id=a&client_assertion=${assertion}`),
  members.map((value) =>
    JSON.stringify({ public_key: value['sub'], refresh_token: value['iss'], client_id: value['aud'] }),
  ),
)
const request = fc
  .record({ method: fc.constantFrom('GET', 'POST', 'get'), target, scheme, token, body })
  .map(
    (it) =>
      `${it.method} ${it.target} HTTP/1.1\nHost: x\nAuthorization: ${it.scheme}${it.token}\n\n${it.body}`,
  )
const header = fc.tuple(scheme, token).map((parts) => parts.join(''))

test('whatever a token or request says, rules, guess, mistakes and values answer and never throw', async () => {
  const providers = await loadProviders()
  await fc.assert(
    fc.asyncProperty(fc.oneof(header, request), async (text) => {
      const seen = await readRuleInput(text, { now })
      const { provider: guessed, candidates } = guessProvider(providers, seen)
      expect(guessed).toBe(candidates.length === 1 ? candidates[0] : undefined)
      if (seen.jwt === undefined) expect(candidates).not.toEqual([])
      // One assertion for each run: millions of them would take longer than what they check.
      const problems: string[] = []
      const check = (holds: boolean, what: string) => holds || problems.push(what)
      for (const provider of providers) {
        const ruleInput = await readRuleInput(text, { now, provider })
        for (const verdict of explain(provider.rules, ruleInput)) {
          const { failure = '' } = verdict
          check((verdict.kept === false) === (failure !== ''), `${verdict.id}: ${failure}`)
          check(!/eyJ[\w-]{8}|undefined/.test(failure), failure)
          for (const { value } of factsOf(verdict, ruleInput))
            check(showValue(value).length < 81, showValue(value))
        }
        for (const { sentence, fix } of diagnose(provider, ruleInput)) {
          check(sentence.length < 500, sentence)
          check(!`${sentence}${fix}`.includes('undefined'), `${sentence} ${fix}`)
        }
      }
      expect(problems).toEqual([])
    }),
    { numRuns },
  )
})
