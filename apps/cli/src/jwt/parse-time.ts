import { parseDuration } from '../duration.ts'
import { UsageError } from '../usage-error.ts'

/** `now`, `10s` or `+10s` from now, `-10s` before, or seconds since 1970, in whole seconds since 1970. */
export function parseTime(text: string, flag: string, nowMs: number): number {
  if (text === 'now') return Math.floor(nowMs / 1000)
  if (/^\d{9,11}$/.test(text)) return Number(text)
  const [, sign, duration = ''] = /^([+-]?)(\d.*)$/.exec(text) ?? []
  if (duration === '')
    throw new UsageError(`${flag} must be now, a duration such as 30s or -5s, or seconds since 1970.`)
  const distance = parseDuration(duration, flag)
  return Math.floor((nowMs + (sign === '-' ? -distance : distance)) / 1000)
}
