import type { Provider } from '@countersign/core'
import { checkSpecifiers } from '../provider-packages/specifiers.ts'
import { providerNames } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { checkMember } from './members.ts'

/** The options of one provider under a name: ids, and paths of keys. */
export interface Profile {
  name: string
  provider: string
  /** By option name, as the file has them; keys are paths. */
  members: Readonly<Record<string, unknown>>
}

/** What a profile file says. */
export interface Config {
  profiles: readonly Profile[]
  /** Names of profiles, by provider; in the file of a folder perhaps one of the user's own file. */
  defaults: Readonly<Record<string, string>>
}

/** What a file is checked with. */
export interface ParseConfigOptions {
  /** For messages. */
  path: string
  /** Whether it is the file of the current folder. */
  local: boolean
  providers: readonly Provider[]
  /**
   * Whether there may be others: those of packages that this command does not need, or that cannot be loaded. Their
   * profiles are taken as they are, since nothing can use them.
   */
  othersMayExist: boolean
}

/** What a profile may be called: it is typed in shells and shown in messages. */
export const profileName: RegExp = /^[A-Za-z0-9][\w.-]{0,63}$/

/**
 * Checks a profile file, all of it at once.
 *
 * @throws {UsageError} naming each member at fault, and never its value.
 */
export function parseConfig(
  document: Readonly<Record<string, unknown>>,
  options: ParseConfigOptions,
): Config {
  const { path, local, providers, othersMayExist } = options
  const problems: string[] = []
  for (const name of Object.keys(document)) {
    if (['$schema', 'profiles', 'defaults'].includes(name)) continue
    if (!local && name === 'providers') {
      problems.push(...checkSpecifiers(document[name]))
      continue
    }
    problems.push(
      local && name === 'providers'
        ? 'providers loads code, and is never accepted in the file of a folder'
        : `${sayable(name)} is not a member: there are profiles and defaults`,
    )
  }
  const profiles: Profile[] = []
  for (const [name, value] of entriesOf(document['profiles'], 'profiles', problems)) {
    const where = `profiles.${sayable(name)}`
    if (!profileName.test(name))
      problems.push(`${where} is not a valid name: it must consist of letters, digits, dots, _ and -`)
    const { provider: id, ...members } = Object.fromEntries(entriesOf(value, where, problems))
    const provider = providers.find((known) => known.id === id)
    if (provider === undefined && othersMayExist && typeof id === 'string') {
      profiles.push({ name, provider: id, members })
      continue
    }
    if (provider === undefined) {
      problems.push(`${where}.provider must be one of ${providerNames()}`)
      continue
    }
    for (const [member, content] of Object.entries(members)) {
      const problem = checkMember(provider, member, content)
      if (problem !== undefined) problems.push(`${where}.${sayable(member)} ${problem}`)
    }
    profiles.push({ name, provider: provider.id, members })
  }
  const defaults: Record<string, string> = {}
  for (const [id, name] of entriesOf(document['defaults'], 'defaults', problems)) {
    const profile = profiles.find((known) => known.name === name)
    if (!providers.some((known) => known.id === id) && !othersMayExist)
      problems.push(`defaults.${sayable(id)} is not a provider: there are ${providerNames()}`)
    else if (profile?.provider === id) defaults[id] = profile.name
    else if (profile === undefined && mayBeElsewhere(name, local)) defaults[id] = name
    else problems.push(`defaults.${id} does not name a profile of ${id}`)
  }
  if (problems.length > 0) throw new UsageError(`${path}: ${problems.join('; ')}.`)
  return { profiles, defaults }
}

/** A folder may choose among the user's own profiles: where those lead, the user's own file says. */
function mayBeElsewhere(name: unknown, local: boolean): name is string {
  return local && typeof name === 'string' && profileName.test(name)
}

function entriesOf(value: unknown, where: string, problems: string[]): [string, unknown][] {
  if (value === undefined) return []
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
  problems.push(`${where} is not a table`)
  return []
}

/** A name that can be shown; anything else may be a value in the wrong place. */
function sayable(name: string): string {
  return /^[\w$][\w.-]{0,63}$/.test(name) ? name : '(something)'
}
