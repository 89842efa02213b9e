import { UsageError } from './usage-error.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `60s`, `5m`, `1h`, or seconds alone, in milliseconds. */
export function parseDuration(text: string, flag: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? []
  if (number === undefined) throw new UsageError(`${flag} must be a duration such as 60s or 5m.`)
  return Number(number) * (unitMs[unit] ?? 1000)
}
