import { isInSeconds } from '../base/clock.ts'
import { tagOf } from '../base/tag-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { SigningError } from '../errors/signing-error.ts'
import { createSigningKey, type PrivateKeyInput } from './import-signing-key.ts'
import { keyFingerprint } from './inspect-key.ts'
import type { SigningAlgorithm, SigningKey } from './signing-key.ts'

/** A key of a ring and the period in which it signs. */
export interface KeyRingEntry {
  privateKey: PrivateKeyInput
  /** The key id, for providers that require one. */
  keyId?: string | undefined
  /** When it starts to sign: a Date or epoch milliseconds. Default: no start. */
  notBefore?: Date | number | undefined
  /** When it stops signing, exclusive: a Date or epoch milliseconds. Default: no end. */
  notAfter?: Date | number | undefined
}

/** Options of {@link createKeyRing}. */
export interface KeyRingOptions {
  /** The algorithm that every key signs with. */
  algorithm: SigningAlgorithm
  /** The provider's id, for errors. */
  provider?: string | undefined
}

/** Several keys of one identity, of which one signs at a time. */
export interface KeyRing {
  /**
   * The key that signs at `now`, epoch milliseconds: of the valid ones, the one that started last.
   *
   * @throws {SigningError} `SIGN_FAILED` when no key is valid.
   */
  active(now: number): SigningKey
  /** Notes that the provider refused a key. Returns the one to try instead, if there is any. */
  refuse(key: SigningKey, now: number): SigningKey | undefined
  /** Identifies this ring in a cache key. */
  fingerprint(): Promise<string>
}

interface Member {
  key: SigningKey
  from: number
  to: number
}

/**
 * A key ring: the next key takes over at its time without a restart, and a refused key is not used as long as
 * there is another.
 *
 * @example
 * ```ts
 * import { createKeyRing } from '@countersign/core/provider'
 *
 * declare const oldKey: string, newKey: string
 * const ring = createKeyRing(
 *   [{ privateKey: oldKey }, { privateKey: newKey, notBefore: new Date('2027-01-01') }],
 *   { algorithm: 'RS256' },
 * )
 * const key = ring.active(Date.now())
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for no keys or times that contradict each other.
 * @throws {KeyError} for a fault that a key's text shows.
 */
export function createKeyRing(
  entries: readonly KeyRingEntry[],
  { algorithm, provider }: KeyRingOptions,
): KeyRing {
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new ConfigError('`privateKeys` must be a list of keys.', {
      provider,
      hint: 'Pass [{ privateKey, notBefore?, notAfter? }].',
    })
  }
  const members = entries.map(({ privateKey, keyId, notBefore, notAfter }: KeyRingEntry, index): Member => {
    const from = toTime(notBefore, Number.NEGATIVE_INFINITY)
    const to = toTime(notAfter, Number.POSITIVE_INFINITY)
    const inSeconds = isInSeconds(from) || isInSeconds(to)
    if (inSeconds || !(from < to)) {
      const problem = inSeconds ? 'has a time in seconds' : 'is never valid'
      throw new ConfigError(`\`privateKeys[${index}]\` ${problem}.`, {
        provider,
        hint: 'Pass `notBefore` before `notAfter`, each a Date or epoch milliseconds.',
      })
    }
    return { key: createSigningKey(privateKey, { algorithm, keyId, provider }), from, to }
  })
  const refused = new Set<SigningKey>()
  let known: Promise<string> | undefined

  function candidates(now: number): Member[] {
    const timely = members.filter(({ from, to }) => from <= now && now < to)
    const accepted = timely.filter(({ key }) => !refused.has(key))
    return (accepted.length > 0 ? accepted : timely).sort((a, b) => b.from - a.from)
  }

  return {
    active(now) {
      const [first] = candidates(now)
      if (first !== undefined) return first.key
      throw new SigningError('SIGN_FAILED', 'No private key is valid at this time.', {
        provider,
        hint: 'Check `notBefore` and `notAfter`, or add the next key.',
      })
    },
    refuse(key, now) {
      refused.add(key)
      const next =
        candidates(now).find((member) => !refused.has(member.key)) ??
        members.find(({ key: other, to }) => !refused.has(other) && now < to)
      if (next === undefined) refused.clear()
      return next?.key
    },
    fingerprint() {
      known ??= Promise.all(members.map(({ key }) => fingerprintOf(key))).then(
        (parts) => parts.join(' '),
        (error: unknown) => {
          known = undefined
          throw error
        },
      )
      return known
    },
  }
}

/** `NaN` for what is neither a number nor a Date, of any realm: code without types may pass text. */
function toTime(time: unknown, otherwise: number): number {
  if (time === undefined) return otherwise
  return typeof time === 'number' || tagOf(time) === 'Date' ? Number(time) : Number.NaN
}

async function fingerprintOf(key: SigningKey): Promise<string> {
  return `${key.keyId ?? ''} ${await keyFingerprint(key)}`
}
