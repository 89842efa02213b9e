import type { FoundMistake, Provider } from '../provider/provider.ts'
import type { RuleInput } from '../provider/rule.ts'
import { requestMistakes } from './request-mistakes.ts'
import { timeMistakes } from './time-mistakes.ts'
import { tokenMistakes } from './token-mistakes.ts'

/**
 * The common mistakes that an input shows, each with what fixes it: those that all JWTs and signed requests share,
 * and the provider's own. Pure: what needs cryptography is in the input already.
 */
export function diagnose(provider: Provider, ruleInput: RuleInput): FoundMistake[] {
  const { mistakes: own = [] } = provider
  const general = [...tokenMistakes, ...timeMistakes, ...requestMistakes]
  const mistakes = [
    ...general.map((mistake) => own.find(({ id }) => id === mistake.id) ?? mistake),
    ...own.filter(({ id }) => general.every((mistake) => mistake.id !== id)),
  ]
  return mistakes.flatMap((mistake) => {
    const found = mistake.find(ruleInput, provider)
    return found === undefined ? [] : [{ id: mistake.id, ...found }]
  })
}
