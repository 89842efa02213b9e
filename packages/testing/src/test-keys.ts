import { generateKeyPairSync } from 'node:crypto'

/** An RSA key pair as PEM: PKCS#8 and SPKI. */
export interface TestKeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

/** The keys of a suite. */
export interface TestKeys {
  /** The pair whose public half is registered with the emulator. */
  readonly own: TestKeyPair
  /** A pair of someone else. */
  readonly other: TestKeyPair
}

/** The registry of global symbols, so that several copies of this module in one process share the keys. */
const place = Symbol.for('@countersign/testing keys')

/**
 * RSA keys of 2048 bits for tests. Each pair is generated when it is first read, once per process: about 0.2 s.
 * Vitest runs each test file in a process of its own, unless `isolate` is off. No key is in the package.
 *
 * @example
 * ```ts
 * import { testKeys } from '@countersign/testing'
 *
 * const { privateKey, publicKey } = testKeys().own
 * const stranger = testKeys().other.privateKey
 * ```
 */
export function testKeys(): TestKeys {
  const shared = globalThis as { [place]?: TestKeys }
  shared[place] ??= generatedOnce()
  return shared[place]
}

function generatedOnce(): TestKeys {
  const pairs: { -readonly [Name in keyof TestKeys]?: TestKeyPair } = {}
  return {
    get own() {
      pairs.own ??= generate()
      return pairs.own
    },
    get other() {
      pairs.other ??= generate()
      return pairs.other
    },
  }
}

function generate(): TestKeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}
