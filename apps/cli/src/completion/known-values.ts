import type { Provider } from '@countersign/core'
import type { KnownValues } from './suggest.ts'

/** Names of providers, and of the environments of the one that is named, or of all. */
export function createKnownValues(providers: readonly Provider[]): KnownValues {
  const ids = providers.map(({ id }) => id)
  return (name, operands) => {
    if (name === 'provider') return ids
    if (name !== 'environment') return []
    const named = providers.filter(({ id }) => operands.includes(id))
    const environments = (named.length > 0 ? named : providers).flatMap(({ baseUrls }) =>
      Object.keys(baseUrls),
    )
    return [...new Set([...environments, 'emulator'])]
  }
}
