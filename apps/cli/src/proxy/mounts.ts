import { parseDuration } from '../human-time.ts'
import type { OpenProvider } from '../open-provider.ts'
import { profileName } from '../profiles/parse-config.ts'
import { type ProviderId, providerNames, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import type { AllowRule } from './allow.ts'
import type { Metrics } from './metrics.ts'
import type { Refusal } from './refusal.ts'
import type { Rereadable } from './reload.ts'

/** Under this prefix the proxy answers for itself. */
export const adminPrefix = '/_countersign'

/** A provider, and the place where the proxy serves it. */
export interface MountSpec {
  /** The place as people name it: `/eu`, `:4801`, `:4801/eu`; empty where one provider has everything. */
  name: string
  provider: ProviderId
  profile: string | undefined
  /** A port of its own; absent where the proxy's own port or socket is meant. */
  port: number | undefined
  /** What paths begin with at the proxy and not at the provider; empty for none. */
  prefix: string
}

const wanted = 'A --mount must be PLACE=PROVIDER or PLACE=PROVIDER:PROFILE'
const places = 'PLACE is a path such as /eu, a port such as :4801, or both: :4801/eu'

/**
 * What `proxy` serves. A provider alone has every path; several have the path of their name each, unless
 * `--mount` gives them another.
 *
 * @throws {UsageError} when none is named, a place cannot be used, or two share one.
 */
export function parseMounts(names: readonly string[], mounts: readonly string[]): readonly MountSpec[] {
  const [only] = names
  if (only !== undefined && names.length + mounts.length === 1)
    return [{ name: '', prefix: '', port: undefined, ...parseWho(only) }]
  const specs = [
    ...names.map((name) => {
      const who = parseWho(name)
      return { name: `/${who.provider}`, prefix: `/${who.provider}`, port: undefined, ...who }
    }),
    ...mounts.map(parseMount),
  ]
  if (specs.length === 0) throw new UsageError(`Name one or more providers. Providers: ${providerNames()}.`)
  const taken = new Set<string>()
  for (const { name, port, prefix } of specs) {
    const place = `${port ?? ''} ${prefix}`
    if (taken.has(place))
      throw new UsageError(
        `Two providers are mounted at ${name}. Mount one elsewhere: --mount /other=PROVIDER.`,
      )
    taken.add(place)
  }
  return specs
}

function parseMount(text: string): MountSpec {
  const [place = '', ...rest] = text.split('=')
  const [matched, port, path = ''] = /^(?::(\d{1,5}))?(\/.*)?$/.exec(place) ?? []
  const number = port === undefined ? undefined : Number(port)
  if (matched === undefined || place === '' || rest.length !== 1 || (number ?? 0) > 65_535)
    throw new UsageError(`${wanted}; ${places}.`)
  const prefix = path === '/' ? '' : path
  if (!isPrefix(prefix))
    throw new UsageError(
      `The path of a --mount must consist of segments of letters, digits, dot, _, ~ and -, without a trailing slash, and must not be ${adminPrefix}.`,
    )
  return { name: place, prefix, port: number, ...parseWho(rest[0] ?? '') }
}

/** Paths that no client rewrites on the way, and that the proxy does not answer itself. */
function isPrefix(prefix: string): boolean {
  const segments = prefix.split('/').slice(1)
  const plain = segments.every((segment) => /^[\w.~-]+$/.test(segment) && !/^\.{1,2}$/.test(segment))
  return plain && `/${segments[0]}` !== adminPrefix
}

function parseWho(text: string): Pick<MountSpec, 'provider' | 'profile'> {
  const [name = '', profile, ...more] = text.split(':')
  const provider = toProviderId(name)
  if (more.length > 0 || (profile !== undefined && !profileName.test(profile)))
    throw new UsageError(
      `A colon after the provider must be followed by the name of a profile: ${provider}:work.`,
    )
  return { provider, profile }
}

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
/** The network library gives up at this time in any case. */
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
  throw new UsageError('--max-body-bytes must be a whole number greater than 0.')
}

/** A limit of `--timeout`. */
export function toTimeoutMs(text: string): number {
  const timeoutMs = parseDuration(text, '--timeout')
  if (timeoutMs > 0 && timeoutMs <= timeoutMsMost) return timeoutMs
  throw new UsageError('--timeout must be greater than 0 and at most 5m.')
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

/** A provider that the proxy serves, with everything that is its own: credentials, origins, limits, counts. */
export interface Mount extends MountSpec, MountLimits {
  /** What requests that begin now use. */
  readonly open: OpenProvider
  credentials: Rereadable
  /** What may be asked for; absent where everything may. */
  allow: readonly AllowRule[] | undefined
  metrics: Metrics
  /** Why the provider cannot be used; `undefined` when it can. */
  whyNotReady(): Promise<Refusal | undefined>
}

/** The mount that a path belongs to: the one with the longest prefix. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined
  for (const mount of mounts) {
    const { prefix } = mount
    if (isBelow(path, prefix) && prefix.length >= (found?.prefix.length ?? 0)) found = mount
  }
  return found
}

/** The target at the provider: what was asked for, without the prefix. */
export function toProviderTarget({ prefix }: Pick<MountSpec, 'prefix'>, target: string): string {
  const rest = target.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * The origin that a target is sent to: that of the base URL, or, at the documented address, the one at which the
 * provider serves that path.
 */
export function toUpstream({ open }: Pick<Mount, 'open'>, target: string): string {
  const [path = ''] = target.split('?')
  const others = open.options['baseUrl'] === undefined ? Object.values(open.provider.otherUrls ?? {}) : []
  const other = others.map((url) => new URL(url)).find(({ pathname }) => isBelow(path, pathname))
  return (other ?? new URL(open.baseUrl)).origin
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}
