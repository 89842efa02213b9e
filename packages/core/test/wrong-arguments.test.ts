import {
  createMemoryTokenStore,
  createSigningKey,
  decodeJwt,
  generateKeyPair,
  importPublicKey,
  importSigningKey,
  inspectKey,
  keyThumbprint,
  Secret,
  signJwt,
  verifyJws,
  verifyJwt,
} from '@countersign/core'
import { parseRawRequest, readRuleInput } from '@countersign/core/explain'
import { createKeyFileSigner, importEncryptedKey, openKey, readKeyFile } from '@countersign/core/node'
import { createTokenSource, createTokenSourceFamily, keyFingerprint } from '@countersign/core/provider'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { failureOf } from './fake-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const algorithm = 'RS256'
const token = await signJwt(createSigningKey(privateKey, { algorithm }), {
  header: { alg: algorithm },
  claims: {},
})

/** What code without types may pass. */
const never = (value: unknown) => value as never
/** Nothing, and what no key, token, function or object of options is. */
const nothing = [undefined, null]
const primitives = [42, true, 10n, Symbol('s')]

const source = { id: 'acme', origin: 'https://api.acme.example' }
const acquire = async () => ({
  value: new Secret('abc'),
  scheme: 'Bearer' as const,
  expiresAt: Date.UTC(2030),
})

const calls: [argument: string, wrong: readonly unknown[], call: (wrong: unknown) => unknown][] = [
  [
    'privateKey',
    [...nothing, ...primitives, [], () => privateKey],
    (wrong) => importSigningKey(never(wrong), { algorithm }),
  ],
  [
    'privateKey',
    [...nothing, ...primitives, [], () => privateKey],
    (wrong) => createSigningKey(never(wrong), { algorithm }),
  ],
  ['keyId', [42, '', null, {}], (wrong) => importSigningKey(privateKey, { algorithm, keyId: never(wrong) })],
  ['publicKey', [...nothing, ...primitives, []], (wrong) => importPublicKey(never(wrong), { algorithm })],
  ['key', [...nothing, ...primitives, []], (wrong) => inspectKey(never(wrong))],
  ['key', [...nothing, ...primitives, []], (wrong) => openKey(never(wrong))],
  ['jwk', [...nothing, ...primitives, [], publicKey], (wrong) => keyThumbprint(never(wrong))],
  ['token', [...nothing, ...primitives, [], {}], async (wrong) => decodeJwt(never(wrong))],
  [
    'token',
    [...nothing, ...primitives, [], {}],
    (wrong) => verifyJws(never(wrong), publicKey, { algorithm }),
  ],
  [
    'token',
    [...nothing, ...primitives, [], {}],
    (wrong) => verifyJwt(never(wrong), publicKey, { algorithm }),
  ],
  ['publicKey', [...nothing, ...primitives, []], (wrong) => verifyJws(token, never(wrong), { algorithm })],
  ['publicKey', [...nothing, ...primitives, []], (wrong) => verifyJwt('a.b.c', never(wrong), { algorithm })],
  ['key', [...nothing, ...primitives], (wrong) => keyFingerprint(never(wrong))],
  ['path', [...nothing, ...primitives, '', []], (wrong) => readKeyFile(never(wrong))],
  [
    'path',
    [...nothing, ...primitives, '', []],
    (wrong) => createKeyFileSigner({ path: never(wrong), algorithm }),
  ],
  ['path', nothing, (wrong) => createKeyFileSigner(never(wrong))],
  [
    'algorithm',
    [...nothing, 'HS256'],
    (wrong) => createKeyFileSigner({ path: 'key.pem', algorithm: never(wrong) }),
  ],
  ['acquire', [...nothing, ...primitives, {}], async (wrong) => createTokenSource(never(wrong), source)],
  ['id', nothing, async (wrong) => createTokenSource(acquire, never(wrong))],
  [
    'origin',
    [...nothing, 42, ''],
    async (wrong) => createTokenSource(acquire, { ...source, origin: never(wrong) }),
  ],
  [
    'cacheKey',
    [null, 42, []],
    async (wrong) => createTokenSource(acquire, { ...source, cacheKey: never(wrong) }),
  ],
  ['acquire', nothing, async (wrong) => createTokenSourceFamily(never(wrong))],
  ['input', [...nothing, ...primitives, {}], (wrong) => readRuleInput(never(wrong), { now: 0 })],
  ['now', [...nothing, '0'], (wrong) => readRuleInput(token, { now: never(wrong) })],
  ['now', nothing, (wrong) => readRuleInput(token, never(wrong))],
  ['input', [...nothing, ...primitives, {}], async (wrong) => parseRawRequest(never(wrong))],
  ['pem', [...nothing, 42, []], (wrong) => importEncryptedKey({ pem: never(wrong) })],
]

test.each(calls)(
  'an argument of the wrong type is CONFIG_INVALID and named: %s',
  async (name, wrong, call) => {
    for (const value of wrong) {
      const failure = await failureOf((async () => call(value))())
      expect(failure, `${name} ${String(value)}`).toMatchObject({
        code: 'CONFIG_INVALID',
        problem: expect.stringContaining(`\`${name}\``),
      })
    }
  },
)

test.each<[name: string, call: (options: never) => unknown]>([
  ['generateKeyPair', generateKeyPair],
  ['createMemoryTokenStore', async (options) => createMemoryTokenStore(options)],
  ['importSigningKey', (options) => importSigningKey(privateKey, options)],
  ['readKeyFile', (options) => readKeyFile('key.pem', options)],
])('options that are not an object, or not known, are refused: %s', async (_name, call) => {
  const problemOf = async (options: unknown) =>
    (await failureOf((async () => call(never(options)))())) as { code: string; problem: string }
  expect(await problemOf(4096)).toMatchObject({
    code: 'CONFIG_INVALID',
    problem: 'The options are not an object.',
  })
  expect(await problemOf({ size: 4096 })).toMatchObject({
    code: 'CONFIG_INVALID',
    problem: 'Unknown option `size`.',
  })
})

test('a factory of keys or stores takes null for no options', async () => {
  expect(await generateKeyPair(never(null))).toHaveProperty('privateKey')
  expect(createMemoryTokenStore(never(null))).toHaveProperty('get')
})
