import type { Provider } from '@countersign/core'
import type { Profile } from '../profiles/parse-config.ts'
import type { KnownValues } from './suggest.ts'

/** What there is to choose from. */
export interface Known {
  providers: readonly Provider[]
  /** Those of the current folder's file, and of the person's own. */
  profiles: readonly Profile[]
}

/** Names of providers, and of the environments and profiles of the one that is named, or of all. */
export function createKnownValues({ providers, profiles }: Known): KnownValues {
  const ids = providers.map(({ id }) => id)
  return (name, operands) => {
    if (name === 'provider') return ids
    const named = ids.filter((id) => operands.includes(id))
    const meant = named.length > 0 ? named : ids
    if (name === 'profile')
      return profiles.filter(({ provider }) => meant.includes(provider)).map((profile) => profile.name)
    if (name !== 'environment') return []
    const environments = providers
      .filter(({ id }) => meant.includes(id))
      .flatMap(({ baseUrls }) => Object.keys(baseUrls))
    return [...new Set([...environments, 'emulator'])]
  }
}
