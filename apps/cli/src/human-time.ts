import { toRelativeTime } from '@countersign/core/provider'
import { UsageError } from './usage-error.ts'

/** A time as people read it, absolute and relative; a number that is not a time is shown as it is. */
export function toHumanTime(timeMs: number, nowMs: number): string {
  const time = new Date(timeMs)
  if (Number.isNaN(time.getTime())) return 'no time'
  return `${time.toISOString().replace(/\.\d+Z$/, 'Z')} (${toRelativeTime(timeMs, nowMs)})`
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `60s`, `5m`, `1h`, or seconds alone, in milliseconds. */
export function parseDuration(text: string, flag: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? []
  if (number === undefined) throw new UsageError(`${flag} must be a duration such as 60s or 5m.`)
  return Number(number) * (unitMs[unit] ?? 1000)
}
