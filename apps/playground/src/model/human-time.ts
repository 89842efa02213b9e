/** A span of time as people say it: `4 min 58 s`. */
export function toSpan(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000)
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** How far a time is from now: `in 4 min 58 s`, `5 s ago`. */
export function toRelative(epochMs: number, now: number): string {
  if (Math.abs(epochMs - now) < 1000) return 'now'
  return epochMs > now ? `in ${toSpan(epochMs - now)}` : `${toSpan(now - epochMs)} ago`
}

/** A date with its time, in UTC. */
export function toAbsolute(epochMs: number): string {
  const date = new Date(epochMs)
  if (Number.isNaN(date.getTime())) return 'no date'
  return `${date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace('T', ' ')} UTC`
}
