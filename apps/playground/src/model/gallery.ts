import type { Entries } from '../providers.ts'
import { toShortFragment } from './share.ts'
import { tamperings } from './tampering.ts'

/** A refusal that the page shows when its link is opened. */
export interface Refusal {
  fragment: string
  provider: string
  title: string
  help: string
}

/** How many refusals the gallery has. */
const most = 10

/**
 * Classic refusals: each kind of tampering with a provider that it fits, every provider in turn, so that the gallery
 * follows the registry. Those of a second provider come after each kind was shown once.
 */
export function toGallery(entries: Entries): Refusal[] {
  const kinds = tamperings.filter(({ id }) => id !== 'fault')
  const used = new Map<string, number>()
  const refusals: Refusal[] = []
  const taken = new Set<string>()
  for (let round = 0; round < entries.length && refusals.length < most; round++) {
    for (const { id, title, help, unavailable } of kinds) {
      const fitting = entries
        .map(({ provider }) => provider)
        .filter((provider) => unavailable({ provider, set: 0 }) === undefined)
        .filter((provider) => !taken.has(`${provider.id} ${id}`))
      const least = Math.min(...fitting.map((provider) => used.get(provider.id) ?? 0))
      const provider = fitting.find((one) => (used.get(one.id) ?? 0) === least)
      if (provider === undefined || refusals.length === most) continue
      used.set(provider.id, least + 1)
      taken.add(`${provider.id} ${id}`)
      refusals.push({ fragment: toShortFragment(provider.id, [id]), provider: provider.title, title, help })
    }
  }
  return refusals
}
