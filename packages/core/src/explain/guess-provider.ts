import { explain } from '../provider/explain.ts'
import type { Provider } from '../provider/provider.ts'
import type { RuleInput } from '../provider/rule.ts'
import { atProvider, environmentOf, isUnderName } from './at-provider.ts'

/** By what a provider was guessed: the address, something that it alone has, or the rules that are kept. */
export type GuessedBy = 'address' | 'own' | 'rules'

/** Whose evidence this is likely to be. */
export interface Guess {
  /** The one that is likeliest; `undefined` when several are as likely as each other. */
  provider: Provider | undefined
  /** Those that are likeliest: one, several in a tie, or all when nothing tells. */
  candidates: readonly Provider[]
  by: GuessedBy
}

/**
 * Guesses whose evidence was given: the address counts most, then what only one provider has, then the rules
 * kept less the rules broken. Pure; a tie is said and not decided.
 */
export function guessProvider(providers: readonly Provider[], ruleInput: RuleInput): Guess {
  const { request } = ruleInput
  const narrow = (among: readonly Provider[], is: (provider: Provider) => boolean) => {
    const found = among.filter(is)
    return found.length === 0 ? undefined : found
  }
  const addressed =
    request === undefined
      ? undefined
      : (narrow(providers, (provider) => environmentOf(provider, request) !== undefined) ??
        narrow(providers, (provider) => isUnderName(provider, request)))
  const own = narrow(addressed ?? providers, (provider) => provider.isOwn?.(ruleInput) === true)
  const candidates = best(own ?? addressed ?? providers, ruleInput)
  return {
    provider: candidates.length === 1 ? candidates[0] : undefined,
    candidates,
    by: addressed !== undefined ? 'address' : own !== undefined ? 'own' : 'rules',
  }
}

function best(providers: readonly Provider[], ruleInput: RuleInput): readonly Provider[] {
  const scores = providers.map((provider) => scoreOf(provider, ruleInput))
  const highest = Math.max(...scores)
  return providers.filter((_provider, index) => scores[index] === highest)
}

function scoreOf(provider: Provider, ruleInput: RuleInput): number {
  return explain(provider.rules, atProvider(provider, ruleInput)).reduce(
    (score, { kept }) => score + (kept === null ? 0 : kept ? 1 : -1),
    0,
  )
}
