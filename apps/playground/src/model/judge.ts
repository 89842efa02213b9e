import type { Provider } from '@countersign/core'
import {
  type Endpoint,
  endpointOf,
  explain,
  type RuleInput,
  toRuleInput,
  type Verdict,
} from '@countersign/core/provider'
import type { WireRequest } from './wire.ts'

/** What is known besides the request when it is judged. */
export interface JudgeContext {
  /** The base URL of the form. */
  baseUrl: string
  now: number
  environment: string | undefined
  /** SPKI PEM of the registered key. */
  publicKey: string | undefined
}

/** What a request shows, and the verdicts on the rules of its endpoint. */
export interface Judgement {
  ruleInput: RuleInput
  rules: readonly Verdict[]
}

/** Judges a request by the rules of the endpoint that it goes to. */
export async function judge(
  request: WireRequest,
  provider: Provider,
  { baseUrl, ...context }: JudgeContext,
): Promise<Judgement> {
  const endpoint = endpointAt(provider, baseUrl, request)
  const ruleInput = await toRuleInput(request, { ...context, provider, endpoint })
  return {
    ruleInput,
    rules: explain(provider.rules, ruleInput).filter((verdict) => verdict.endpoint === endpoint),
  }
}

/** The endpoint of a request, by its path after the base URL of the form. */
export function endpointAt(provider: Provider, baseUrl: string, request: WireRequest): Endpoint {
  const basePath = new URL(baseUrl).pathname.replace(/(?<!\/)\/+$/, '')
  return endpointOf({ ...provider, basePath }, request)
}
