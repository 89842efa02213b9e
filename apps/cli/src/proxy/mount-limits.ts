import { parseDuration } from '../duration.ts'
import { UsageError } from '../usage-error.ts'
import type { MountSpec } from './parse-mounts.ts'

/** Values of a limit by the name of the mount; the one of '' holds wherever no other does. */
export type Limit = ReadonlyMap<string, number>

/** What one mount takes. */
export interface MountLimits {
  /** The largest body that is read to be signed. */
  maxBodyBytes: number
  /** How long the provider may be silent. */
  timeoutMs: number
}

const maxBodyBytesDefault = 64 * 1_048_576
const timeoutMsDefault = 60_000
/** The network library gives up by itself at this time. */
const timeoutMsMost = 300_000

/** Reads `N` or `PLACE=N`, repeated. */
export function collectLimit(parse: (text: string) => number): (text: string, all?: Limit) => Limit {
  return (text, all = new Map()) => {
    const at = text.lastIndexOf('=')
    return new Map([...all, [text.slice(0, Math.max(at, 0)), parse(text.slice(at + 1))]])
  }
}

/** A limit of `--max-body-bytes`. */
export function toBytes(text: string): number {
  const bytes = Number(text)
  if (/^\d+$/.test(text) && bytes > 0 && Number.isSafeInteger(bytes)) return bytes
  throw new UsageError('--max-body-bytes must be a whole number over 0.')
}

/** A limit of `--timeout`. */
export function toTimeoutMs(text: string): number {
  const timeoutMs = parseDuration(text, '--timeout')
  if (timeoutMs > 0 && timeoutMs <= timeoutMsMost) return timeoutMs
  throw new UsageError('--timeout must be over 0 and no more than 5m.')
}

/**
 * The limits of a mount.
 *
 * @throws {UsageError} when a limit is for a place that nothing is mounted at.
 */
export function limitsOf(
  { name }: MountSpec,
  { maxBodyBytes, timeout }: { maxBodyBytes?: Limit | undefined; timeout?: Limit | undefined },
  names: readonly string[],
): MountLimits {
  for (const [flag, limit] of Object.entries({ '--max-body-bytes': maxBodyBytes, '--timeout': timeout })) {
    const stranger = [...(limit?.keys() ?? [])].some((place) => place !== '' && !names.includes(place))
    if (stranger) throw new UsageError(`${flag} names a place that nothing is mounted at. ${toPlaces(names)}`)
  }
  const pick = (limit: Limit | undefined, otherwise: number) =>
    limit?.get(name) ?? limit?.get('') ?? otherwise
  return {
    maxBodyBytes: pick(maxBodyBytes, maxBodyBytesDefault),
    timeoutMs: pick(timeout, timeoutMsDefault),
  }
}

function toPlaces(names: readonly string[]): string {
  const places = names.filter((name) => name !== '')
  return places.length === 0 ? 'One provider alone has no place.' : `Places: ${places.join(', ')}.`
}
