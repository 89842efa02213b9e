import type { Provider } from '@countersign/core'
import {
  diagnose,
  factsOf,
  type Guess,
  guessProvider,
  type RuleFact,
  readRuleInput,
} from '@countersign/core/explain'
import { explain, type RuleInput, type Verdict } from '@countersign/core/provider'

/** What is to be explained. */
export interface Question {
  text: string
  /** The provider; `undefined` to guess it. */
  provider: Provider | undefined
  /** The registered public key, or an empty text. */
  publicKey: string
  now: number
}

/** The answer: the provider, what went wrong, and the rules. */
export interface Explanation {
  provider: Provider | undefined
  /** What the guess is based on; `undefined` when the provider was named. */
  guessedBy: Guess['by'] | undefined
  /** The providers that are equally likely. */
  candidates: readonly Provider[]
  ruleInput: RuleInput
  rules: readonly (Verdict & { facts: readonly RuleFact[] })[]
  mistakes: ReturnType<typeof diagnose>
}

/**
 * Explains a token, an `Authorization` header or a whole HTTP request.
 *
 * @throws {CountersignError} when it cannot be read, or the public key cannot verify it.
 */
export async function explainText(
  { text, provider: named, publicKey, now }: Question,
  providers: readonly Provider[],
): Promise<Explanation> {
  const seen = await readRuleInput(text, { now })
  const guess = named === undefined ? guessProvider(providers, seen) : undefined
  const provider = named ?? guess?.provider
  const open = { guessedBy: guess?.by, candidates: guess?.candidates ?? [] }
  if (provider === undefined) return { provider, ...open, ruleInput: seen, rules: [], mistakes: [] }
  const key = publicKey.trim() === '' ? undefined : publicKey
  const ruleInput = await readRuleInput(text, { now, provider, publicKey: key })
  const rules = explain(provider.rules, ruleInput).map((rule) => ({
    ...rule,
    facts: factsOf(rule, ruleInput),
  }))
  return { provider, ...open, ruleInput, rules, mistakes: diagnose(provider, ruleInput) }
}
