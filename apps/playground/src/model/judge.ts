import type { Provider } from '@countersign/core'
import {
  type Endpoint,
  explain,
  type Rule,
  type RuleInput,
  toRuleInput as readInput,
  type Verdict,
} from '@countersign/core/provider'
import type { WireRequest } from './wire.ts'

/** A rule with its verdict. */
export type JudgedRule = Verdict

/** What is known besides the request when it is judged. */
export interface JudgeContext {
  now: number
  environment: string | undefined
  /** SPKI PEM of the registered key. */
  publicKey: string | undefined
}

/** What a request shows to the provider's rules. */
export function toRuleInput(
  request: WireRequest,
  provider: Provider,
  { now, environment, publicKey }: JudgeContext,
): Promise<RuleInput> {
  return readInput(request, { now, provider, environment, publicKey })
}

/** The provider's rules for one of its endpoints, judged. */
export function judge(rules: readonly Rule[], endpoint: Endpoint, ruleInput: RuleInput): JudgedRule[] {
  return explain(rules, ruleInput).filter((verdict) => verdict.endpoint === endpoint)
}
