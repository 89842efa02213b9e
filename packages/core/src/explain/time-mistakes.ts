import { leastEpochMs } from '../base/clock.ts'
import { toDurationWords } from '../base/duration.ts'
import type { Mistake } from '../provider/provider.ts'
import type { RuleInput } from '../provider/rule.ts'
import { list, showValue } from '../provider/show.ts'
import { ruleFixed } from './what-if.ts'

const numericDate = 'https://www.rfc-editor.org/rfc/rfc7519#section-2'
const rfc7519 = (section: 4 | 6) => `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${section}`
const timeNames = ['iat', 'exp', 'nbf'] as const

/** The units that clocks count in besides seconds; each ends at the year 5138. */
const units = [
  { name: 'milliseconds', perSecond: 1_000, below: leastEpochMs * 1e3 },
  { name: 'microseconds', perSecond: 1_000_000, below: leastEpochMs * 1e6 },
  { name: 'nanoseconds', perSecond: 1_000_000_000, below: leastEpochMs * 1e9 },
]

/** Lifetimes that people write, in seconds. */
const usualLifetimes = [20, 25, 29, 30, 60, 120, 180, 240, 300, 600, 900, 1800, 3600]

function claimsThat(ruleInput: RuleInput, is: (value: unknown) => boolean): (typeof timeNames)[number][] {
  return timeNames.filter((name) => is(ruleInput.jwt?.claims[name]))
}

/** `iat` and `exp` when both are seconds. */
function lifeOf({ jwt }: RuleInput): { iat: number; exp: number } | undefined {
  const { iat, exp } = jwt?.claims ?? {}
  const isSeconds = (value: unknown): value is number => typeof value === 'number' && value < leastEpochMs
  return isSeconds(iat) && isSeconds(exp) ? { iat, exp } : undefined
}

/** Mistakes with times, which all JWTs share. */
export const timeMistakes: readonly Mistake[] = [
  {
    id: 'jwt.milliseconds',
    find(ruleInput) {
      const names = claimsThat(ruleInput, (value) => typeof value === 'number' && value >= leastEpochMs)
      if (names.length === 0) return undefined
      const value = ruleInput.jwt?.claims[names[0] ?? 'iat']
      const unit = units.find(({ below }) => (value as number) < below)
      const what = unit === undefined ? 'not a date in any unit' : `in ${unit.name}`
      const example = unit === units[0] ? ', as in Math.floor(Date.now() / 1000)' : ''
      return {
        sentence: `${list(names)} ${names.length === 1 ? 'is' : 'are'} ${what} (${showValue(value)}): a JWT counts seconds.`,
        fix:
          unit === undefined
            ? 'Use the seconds since 1970: Math.floor(Date.now() / 1000).'
            : `Divide by ${unit.perSecond} and round down${example}.`,
        source: numericDate,
      }
    },
  },
  {
    id: 'jwt.time-as-text',
    find(ruleInput) {
      const names = claimsThat(ruleInput, (value) => typeof value === 'string')
      if (names.length === 0) return undefined
      return {
        sentence: `${list(names)} ${names.length === 1 ? 'is a string' : 'are strings'}: a JWT has numbers there.`,
        fix: 'Write seconds since 1970 as a number, without quotation marks.',
        source: numericDate,
      }
    },
  },
  {
    id: 'jwt.born-expired',
    find(ruleInput) {
      const life = lifeOf(ruleInput)
      // 300 ms that begin shortly before a full second end in the next one.
      if (life === undefined || life.exp - life.iat > 1) return undefined
      const relation = life.exp < life.iat ? 'before' : life.exp === life.iat ? 'the same as' : 'just after'
      return {
        sentence: `exp is ${relation} iat: the token had expired when it was made, as happens when milliseconds are added instead of seconds.`,
        fix: 'Count both in seconds: exp is iat plus the lifetime in seconds.',
        source: rfc7519(4),
      }
    },
  },
  {
    id: 'jwt.lifetime-in-milliseconds',
    find(ruleInput, provider) {
      const life = lifeOf(ruleInput)
      if (life === undefined || ruleInput.jwt === undefined) return undefined
      const seconds = (life.exp - life.iat) / 1000
      if (!usualLifetimes.includes(seconds)) return undefined
      const claims = { ...ruleInput.jwt.claims, exp: life.iat + seconds }
      const rule = ruleFixed(provider, ruleInput, { jwt: { ...ruleInput.jwt, claims } })
      if (rule === undefined) return undefined
      return {
        sentence: `The token lives ${showValue(seconds * 1000)} s (${toDurationWords(seconds * 1000)}): that looks like ${showValue(seconds)} s written as milliseconds and added to seconds.`,
        fix: `Add ${showValue(seconds)} to iat.`,
        source: rule.source,
      }
    },
  },
  {
    id: 'clock.time-zone',
    find(ruleInput) {
      const off = zoneOffset(ruleInput)
      if (off === undefined) return undefined
      return {
        sentence: `iat is ${off / 3600} h ahead, nearly to the second: local time was used as UTC.`,
        fix: 'Use the seconds since 1970, which do not depend on a time zone.',
        source: numericDate,
      }
    },
  },
  {
    id: 'clock.ahead',
    find(ruleInput) {
      const life = lifeOf(ruleInput)
      const ahead = life === undefined ? 0 : life.iat - ruleInput.now / 1000
      if (ahead <= 0 || zoneOffset(ruleInput) !== undefined) return undefined
      return {
        sentence: `iat is ${toDurationWords(Math.ceil(ahead))} in the future: the clock that made the token is ahead of this one.`,
        fix: 'Synchronise that clock (NTP), or back-date tokens by a few seconds.',
        source: rfc7519(6),
      }
    },
  },
  {
    id: 'clock.expired',
    find(ruleInput) {
      const life = lifeOf(ruleInput)
      if (life === undefined || life.exp - life.iat <= 1 || zoneOffset(ruleInput) !== undefined)
        return undefined
      const over = ruleInput.now / 1000 - life.exp
      if (over < 0) return undefined
      const lived = toDurationWords(life.exp - life.iat)
      return {
        sentence: `The token expired ${toDurationWords(over)} ago, after a lifetime of ${lived}: it is old, or the clock that made it is at least that far behind.`,
        fix: 'Make a new token; if that is refused too, compare the clock with the Date header of a response.',
        source: rfc7519(4),
      }
    },
  },
]

/** Seconds by which `iat` is ahead, when that is a time zone's offset. A token from the past may just be old. */
function zoneOffset(ruleInput: RuleInput): number | undefined {
  const life = lifeOf(ruleInput)
  if (life === undefined) return undefined
  const ahead = life.iat - ruleInput.now / 1000
  const zone = Math.round(ahead / 1800) * 1800
  return zone >= 1800 && zone <= 50_400 && Math.abs(ahead - zone) <= 60 ? zone : undefined
}
