import {
  type ClockOption,
  createAuth,
  createSigningKey,
  importPublicKey,
  importSigningKey,
  signJwt,
  verifyJws,
  verifyJwt,
} from '@countersign/core'
import { createEmulatorClock } from '@countersign/core/emulator'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { failureOf, fakeClient } from './fake-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const any = <Value>(value: unknown) => value as Value
const refuse = async (run: () => unknown, expected: object) =>
  expect(await failureOf((async () => run())())).toMatchObject(expected)

test.each([
  ['a Date', () => new Date(), 'something else'],
  ['text', () => '1767323045000', 'something else'],
  ['nothing', () => undefined, 'something else'],
  ['NaN', () => Number.NaN, 'something else'],
  ['seconds', () => 1_767_323_045, 'seconds'],
  ['seconds of a clock', { now: () => 1_767_323_045 }, 'seconds'],
])('a clock that returns %s is refused at its first use', async (_what, given, returned) => {
  const clock = any<ClockOption>(given)
  const baseUrl = 'https://fake.example'
  const expected = {
    code: 'CONFIG_INVALID',
    problem: `\`clock\` must return epoch milliseconds; it returned ${returned}.`,
    hint: 'Pass a function such as `Date.now`.',
  }
  const fetch = () => Promise.reject(new Error('sent'))
  const signer = createAuth('fake', async () => ({}), { baseUrl, clock, fetch })
  await refuse(() => signer.fetch(`${baseUrl}/x`), { ...expected, provider: 'fake' })
  const client = fakeClient(baseUrl, { source: { clock }, auth: { clock, fetch } })
  await refuse(() => client.tokens.get(), { ...expected, provider: 'fake' })
  await refuse(() => client.auth.fetch(`${baseUrl}/x`), { ...expected, provider: 'fake' })
  await refuse(() => createEmulatorClock(clock).now(), expected)
  const key = createSigningKey(privateKey, { algorithm: 'RS256' })
  const token = await signJwt(key, { header: { alg: 'RS256' }, claims: { exp: 1 } })
  await refuse(() => verifyJwt(token, publicKey, { algorithm: 'RS256', clock }), expected)
})

test('importing and verifying without options names the algorithm', async () => {
  const expected = { code: 'CONFIG_INVALID', problem: '`algorithm` is missing or not supported.' }
  for (const options of [undefined, null, {}].map((value) => any<{ algorithm: 'RS256' }>(value))) {
    await refuse(() => createSigningKey(privateKey, options), expected)
    await refuse(() => importSigningKey(privateKey, options), expected)
    await refuse(() => importPublicKey(publicKey, options), expected)
    await refuse(() => verifyJws('a.b.c', publicKey, options), expected)
    await refuse(() => verifyJwt('a.b.c', publicKey, options), expected)
  }
})

test('an unknown option of a signing key, and a Promise as the key, are named', async () => {
  await refuse(() => createSigningKey(privateKey, any({ algorithm: 'RS256', keyID: 'a', kid: 'b' })), {
    code: 'CONFIG_INVALID',
    problem: 'Unknown option `keyID`: it is spelt `keyId`. Unknown option `kid`.',
    hint: 'Options: algorithm, keyId, provider.',
  })
  await refuse(
    () => createSigningKey(any(Promise.resolve(privateKey)), { algorithm: 'RS256', provider: 'a' }),
    {
      code: 'CONFIG_INVALID',
      provider: 'a',
      problem: '`privateKey` is a Promise.',
      hint: 'Await it, as in `await readKeyFile(path)` from @countersign/core/node.',
    },
  )
})

test('signJwt refuses what JSON cannot express', async () => {
  const key = createSigningKey(privateKey, { algorithm: 'RS256' })
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  for (const claims of [{ id: 1n }, loop, { toJSON: () => undefined }])
    await refuse(() => signJwt(key, { header: { alg: 'RS256' }, claims }), {
      code: 'CONFIG_INVALID',
      problem: '`header` or `claims` cannot be written as JSON.',
    })
})

test.each(['exp', 'iat', 'amount'])(
  'signJwt refuses `%s` that is not finite: JSON has null for it',
  async (name) => {
    const key = createSigningKey(privateKey, { algorithm: 'RS256' })
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY])
      await refuse(() => signJwt(key, { header: { alg: 'RS256' }, claims: { [name]: time } }), {
        code: 'CONFIG_INVALID',
        problem: `\`${name}\` is not a finite number.`,
      })
  },
)

test('signJwt names the argument that is wrong, and both algorithms of a mismatch', async () => {
  const jwt = { header: { alg: 'RS256' }, claims: {} }
  const key = createSigningKey(privateKey, { algorithm: 'RS256' })
  await refuse(() => signJwt(any(Promise.resolve(key)), jwt), {
    code: 'CONFIG_INVALID',
    problem: '`key` is a Promise.',
    hint: 'Await it: `await importSigningKey(privateKey, { algorithm })`.',
  })
  for (const wrong of [privateKey, undefined, {}, fixedKeys]) {
    await refuse(() => signJwt(any(wrong), jwt), {
      code: 'CONFIG_INVALID',
      problem: '`key` is not a SigningKey.',
      hint: 'Pass what `createSigningKey(privateKey, { algorithm })` returns.',
    })
  }
  for (const wrong of [undefined, {}, { iss: 'me' }]) {
    await refuse(() => signJwt(key, any(wrong)), {
      code: 'CONFIG_INVALID',
      problem: '`header` or `claims` is missing.',
    })
  }
  await refuse(() => signJwt(key, { header: { alg: 'RS512' }, claims: {} }), {
    code: 'KEY_ALGORITHM_MISMATCH',
    problem: '`alg` of the header is RS512, but the key signs with RS256.',
  })
  await refuse(() => signJwt(key, { header: { alg: 'canary' }, claims: {} }), {
    code: 'KEY_ALGORITHM_MISMATCH',
    problem: '`alg` of the header is another algorithm, but the key signs with RS256.',
  })
})
