import type { Provider } from './provider.ts'
import type { RuleInput } from './rule.ts'

/** A mistake that was found: what happened and what mends it, in plain words, and who says so. */
export interface FoundMistake {
  id: string
  sentence: string
  /** What to do about it. */
  fix: string
  /** The standard, or the vendor's page. */
  source: string
}

/** A mistake that many make. It explains why rules are broken; it is no rule itself. */
export interface Mistake {
  /** Stable: `jwt.<what>`, `request.<what>` or `<provider>.<what>`. */
  id: string
  /** What is said when the evidence shows the mistake, else nothing. Pure; never throws. */
  find(ruleInput: RuleInput, provider: Provider): Omit<FoundMistake, 'id'> | undefined
}
