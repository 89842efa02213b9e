import type { FoundMistake, Provider } from '../provider/provider.ts'
import type { RuleInput } from '../provider/rule.ts'
import { requestMistakes } from './request-mistakes.ts'
import { timeMistakes } from './time-mistakes.ts'
import { tokenMistakes } from './token-mistakes.ts'

/**
 * The common mistakes that an input shows, each with what fixes it: those that all JWTs and signed requests
 * share, and the provider's own; advised ones come last. Pure: what needs cryptography is in the input already.
 *
 * @example
 * ```ts
 * import type { Provider } from '@countersign/core'
 * import { diagnose, readRuleInput } from '@countersign/core/explain'
 *
 * declare const provider: Provider, token: string
 * const input = await readRuleInput(token, { now: Date.now(), provider })
 * for (const { sentence, fix } of diagnose(provider, input)) console.log(sentence, fix)
 * ```
 */
export function diagnose(provider: Provider, ruleInput: RuleInput): FoundMistake[] {
  const { mistakes: own = [] } = provider
  const general = [...tokenMistakes, ...timeMistakes, ...requestMistakes]
  const mistakes = [
    ...general.map((mistake) => own.find(({ id }) => id === mistake.id) ?? mistake),
    ...own.filter(({ id }) => general.every((mistake) => mistake.id !== id)),
  ]
  const all = mistakes.flatMap((mistake) => {
    const found = mistake.find(ruleInput, provider)
    return found === undefined ? [] : [{ id: mistake.id, ...found }]
  })
  const isAdvised = ({ severity }: FoundMistake) => severity === 'advised'
  return [...all.filter((mistake) => !isAdvised(mistake)), ...all.filter(isAdvised)]
}
