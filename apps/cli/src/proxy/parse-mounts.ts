import { profileName } from '../profiles/parse-config.ts'
import { type ProviderId, providerNames, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { adminPrefix } from './admin-prefix.ts'

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

const wanted = 'a --mount is PLACE=PROVIDER or PLACE=PROVIDER:PROFILE'
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
  if (specs.length === 0) throw new UsageError(`name a provider, or several. Providers: ${providerNames}.`)
  const taken = new Set<string>()
  for (const { name, port, prefix } of specs) {
    const place = `${port ?? ''} ${prefix}`
    if (taken.has(place))
      throw new UsageError(`two providers are at ${name}. Give one another place: --mount /other=PROVIDER.`)
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
      `the path of a --mount has segments of letters, digits, dot, _, ~ and -, no slash at its end, and is not ${adminPrefix}.`,
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
    throw new UsageError('what follows the provider and a colon is the name of a profile: speeda:work.')
  return { provider, profile }
}
