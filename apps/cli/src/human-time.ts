import { UsageError } from './usage-error.ts'

/** How far a time is from now: `in 4 min 50 s`, `5 s ago`. */
function toDistance(timeMs: number, nowMs: number): string {
  const seconds = Math.round((timeMs - nowMs) / 1000)
  if (seconds === 0) return 'now'
  const words = toDurationWords(Math.abs(seconds))
  return seconds > 0 ? `in ${words}` : `${words} ago`
}

/** A time as people read it, absolute and relative; a number that is not a time is shown as it is. */
export function toHumanTime(timeMs: number, nowMs: number): string {
  const time = new Date(timeMs)
  if (Number.isNaN(time.getTime())) return 'no time'
  return `${time.toISOString().replace(/\.\d+Z$/, 'Z')} (${toDistance(timeMs, nowMs)})`
}

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** Seconds in the two largest units that they have. */
export function toDurationWords(seconds: number): string {
  const parts: string[] = []
  let rest = Math.round(seconds)
  for (const [unit, size] of units) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)} ${unit}`)
    rest %= size
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ')
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `60s`, `5m`, `1h`, or seconds alone, in milliseconds. */
export function parseDuration(text: string, flag: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? []
  if (number === undefined) throw new UsageError(`${flag} must be a duration such as 60s or 5m.`)
  return Number(number) * (unitMs[unit] ?? 1000)
}
