import type { Provider } from '@countersign/core'
import {
  type Endpoint,
  endpointOf,
  explain,
  type RuleInput,
  toRuleInput,
  type Verdict,
} from '@countersign/core/provider'
import { type Correction, type TamperContext, type TamperingId, tamperings } from './tampering.ts'
import type { WireRequest } from './wire.ts'

/** What is known besides the request when it is judged. */
export interface JudgeContext extends TamperContext {
  /** The base URL of the form. */
  baseUrl: string
  now: number
  environment: string | undefined
  /** SPKI PEM of the registered key. */
  publicKey: string | undefined
  /** Kinds of tampering, whose effects the request itself may not show. */
  tampering: readonly TamperingId[]
}

/** A verdict on a rule. */
export interface JudgedRule extends Verdict {
  /** How the library corrects that it is broken, where it does. */
  correction?: Correction
}

/** What a request shows, and a verdict on each rule of its provider. */
export interface Judgement {
  ruleInput: RuleInput
  rules: readonly JudgedRule[]
}

/**
 * Judges a request before it is sent: by the rules of its endpoint, and by what the chosen tampering will let the
 * provider find afterwards.
 */
export async function judge(request: WireRequest, context: JudgeContext): Promise<Judgement> {
  const { provider, baseUrl, now, environment, publicKey, tampering } = context
  const endpoint = endpointAt(provider, baseUrl, request)
  const ruleInput = await toRuleInput(request, { now, environment, publicKey, provider, endpoint })
  const foreseen = tamperings
    .filter(({ id }) => tampering.includes(id))
    .flatMap(({ foresee, corrected }) =>
      foresee === undefined
        ? []
        : explain(provider.rules, foresee(ruleInput, context)).map(
            (verdict): JudgedRule =>
              corrected === undefined ? verdict : { ...verdict, correction: corrected },
          ),
    )
    .filter(({ kept }) => kept === false)
  const rules = explain(provider.rules, ruleInput).map((verdict) =>
    verdict.kept === false ? verdict : (foreseen.find(({ id }) => id === verdict.id) ?? verdict),
  )
  return { ruleInput, rules }
}

/** The ids of the rules that a request kept which the provider accepted. */
export async function keptBy(
  provider: Provider,
  request: WireRequest,
  { endpoint, now, environment }: { endpoint: Endpoint; now: number; environment: string | undefined },
): Promise<string[]> {
  const shown = await toRuleInput(request, { now, provider, endpoint, environment })
  const known = { known: true, replayed: false }
  // A proof is signed; a token is issued.
  const ofCredential = shown.jwt === undefined ? { issued: 'live' as const } : { signature: true }
  const verdicts = explain(provider.rules, { ...shown, ...known, ...ofCredential })
  return verdicts.filter(({ kept }) => kept === true).map(({ id }) => id)
}

/** The endpoint of a request, by its path after the base URL of the form. */
export function endpointAt(provider: Provider, baseUrl: string, request: WireRequest): Endpoint {
  const basePath = new URL(baseUrl).pathname.replace(/(?<!\/)\/+$/, '')
  return endpointOf({ ...provider, basePath }, request)
}
