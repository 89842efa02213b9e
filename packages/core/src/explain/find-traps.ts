import type { Provider } from '../provider/provider.ts'
import type { Evidence } from '../provider/rule.ts'
import type { FoundTrap } from '../provider/trap.ts'
import { requestTraps } from './request-traps.ts'
import { timeTraps } from './time-traps.ts'
import { tokenTraps } from './token-traps.ts'

/**
 * The classic mistakes that the evidence shows, each with what mends it: those that all JWTs and signed requests
 * share, and the provider's own. Pure: what needs cryptography is in the evidence already.
 */
export function findTraps(provider: Provider, evidence: Evidence): FoundTrap[] {
  const { traps: own = [] } = provider
  const general = [...tokenTraps, ...timeTraps, ...requestTraps]
  const traps = [
    ...general.map((trap) => own.find(({ id }) => id === trap.id) ?? trap),
    ...own.filter(({ id }) => general.every((trap) => trap.id !== id)),
  ]
  return traps.flatMap((trap) => {
    const found = trap.find(evidence, provider)
    return found === undefined ? [] : [{ id: trap.id, ...found }]
  })
}
