import type { Provider } from '@countersign/core'
import { enumerate } from '../enumerate.ts'
import { toFlag, toVariable } from '../field-names.ts'
import { type Io, nowOf } from '../io.ts'
import { type OpenOptions, openProvider } from '../open-provider.ts'
import { findProfile, namedProfile, readProfilesHere } from '../profiles/find-profile.ts'
import type { Flags } from '../provider-options.ts'
import { loadProvider } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { findVariable } from '../variables.ts'
import { createReadiness } from './admin.ts'
import { type AllowRule, rulesOf } from './allow.ts'
import { createMetrics } from './metrics.ts'
import type { Mount, MountSpec } from './mounts.ts'
import { type Limit, limitsOf } from './mounts.ts'
import { openReloadable } from './reloadable.ts'

/** What mounts are opened with. */
export interface OpenMountsOptions {
  flags: Flags
  limits: { maxBodyBytes?: Limit | undefined; timeout?: Limit | undefined }
  /** What may be asked for; everything where there is no rule. */
  allow: readonly AllowRule[]
  /** Where tokens are shared with other processes. */
  sharedStore: OpenOptions['sharedStore']
  /** Called with the profiles that are used. */
  talk: (text: string) => void
  /** Called with what happens. */
  detail: (text: string) => void
}

/** Flags that mean the same to every provider. */
const shared = new Set(['environment', 'backdateSeconds'])

/**
 * Opens each provider with its own credentials.
 *
 * @throws {UsageError} for a flag or a variable that could be meant for several mounts.
 */
export async function openMounts(
  specs: readonly MountSpec[],
  { flags, limits, allow, sharedStore, talk, detail }: OpenMountsOptions,
  io: Io,
): Promise<readonly Mount[]> {
  if (specs.length > 1) {
    refuseAmbiguousFlags(flags)
    await refuseSharedVariables(specs, io)
  }
  const names = specs.map(({ name }) => name)
  const mounts: Mount[] = []
  // In turn, so that of several mistakes always the same one is told.
  for (const spec of specs) {
    const { name, provider, profile } = spec
    if (profile !== undefined && flags['profile'] !== undefined)
      throw new UsageError('The profile is given twice, with --profile and after the provider. Keep one.')
    const own = { ...limitsOf(spec, limits, names), allow: rulesOf(spec, allow, names) }
    const metrics = createMetrics(name === '' ? { provider } : { provider, mount: name })
    const openWith = async (io: Io, say?: typeof talk) =>
      openProvider(
        provider,
        { ...flags, profile: profile ?? flags['profile'] },
        specs.length > 1 && profile === undefined ? await withOwnProfile(provider, io) : io,
        { sharedStore, talk: say, detail, onEvent: metrics.heard, maxBodyBytes: own.maxBodyBytes },
      )
    let say: typeof talk | undefined = talk
    const credentials = await openReloadable(
      (io) => openWith(io, say),
      (open) => createReadiness(open, () => nowOf(io)),
      io,
    )
    // The profile in use is named once.
    say = undefined
    mounts.push({
      ...spec,
      ...own,
      metrics,
      credentials,
      get open() {
        return credentials.current().open
      },
      whyNotReady: () => credentials.current().whyNotReady(),
    })
  }
  return mounts
}

/**
 * Where several providers are served, an option can be meant for any of them.
 *
 * @throws {UsageError} for a flag that does not mean the same to every provider.
 */
export function refuseAmbiguousFlags(flags: Flags): void {
  const meant = Object.keys(flags).filter((name) => flags[name] !== undefined && !shared.has(name))
  if (meant.length === 0) return
  throw new UsageError(
    `${meant.map(toFlag).join(', ')} could be meant for any of the providers. Where several are served, ` +
      'options come from profiles (<provider>:work) and variables (COUNTERSIGN_<PROVIDER>_CLIENT_ID).',
  )
}

/** Variables stand above profiles: one that is set would make one account out of two. */
async function refuseSharedVariables(specs: readonly MountSpec[], io: Io): Promise<void> {
  for (const id of new Set(specs.map(({ provider }) => provider))) {
    const own = specs.filter(({ provider }) => provider === id)
    if (new Set(own.map(({ profile }) => profile)).size < 2) continue
    const variables = identityOf(await loadProvider(id)).map((name) => findVariable(toVariable(id, name), io))
    const variable = variables.find((each) => each !== undefined)
    if (variable === undefined) continue
    const places = enumerate(own.map((spec) => spec.name))
    throw new UsageError(
      `The variable ${variable} overrides every profile, so ${places} would be the same. Unset it.`,
    )
  }
}

/** The options that say who asks; secrets are not among them, since no profile holds any. */
function identityOf({ fields, credentialSets }: Provider): string[] {
  const credentials = credentialSets.flat().filter((name) => fields[name]?.kind !== 'secret')
  return [...new Set([...credentials, 'credentials', 'baseUrl'])]
}

/** COUNTERSIGN_PROFILE names a profile of one provider: for the others it says nothing. */
export async function withOwnProfile(provider: string, io: Io): Promise<Io> {
  const name = namedProfile(undefined, io)
  if (name === undefined) return io
  const profile = findProfile(await readProfilesHere(io), name, io)
  if (profile.provider === provider) return io
  return { ...io, env: { ...io.env, COUNTERSIGN_PROFILE: undefined } }
}
