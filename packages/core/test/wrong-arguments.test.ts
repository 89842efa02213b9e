import {
  createSigningKey,
  decodeJwt,
  importPublicKey,
  importSigningKey,
  inspectKey,
  keyThumbprint,
  signJwt,
  verifyJws,
  verifyJwt,
} from '@countersign/core'
import { importEncryptedKey, openKey } from '@countersign/core/node'
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
