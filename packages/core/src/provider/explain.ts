import { CountersignError } from '../errors/countersign-error.ts'
import { decodeJwt } from '../jwt/decode-jwt.ts'
import { verifyJws } from '../jwt/verify-jws.ts'
import type { PublicKeyInput } from '../keys/import-public-key.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import type { Endpoint, Rule, RuleInput, Verdict } from './rule.ts'

/** Every rule, kept, broken or open, in the provider's order. Where the door is known, others' stay open. */
export function explain(rules: readonly Rule[], ruleInput: RuleInput): Verdict[] {
  return rules.map(({ id, endpoint, sentence, source, check }) => ({
    id,
    sentence,
    source,
    kept: isElsewhere(endpoint, ruleInput) ? null : (check(ruleInput) ?? null),
  }))
}

/** Whether rules of a endpoint are not asked, because the evidence was at another door. */
export function isElsewhere(endpoint: Endpoint, ruleInput: RuleInput): boolean {
  return ruleInput.endpoint !== undefined && ruleInput.endpoint !== endpoint
}

/** The first rule of a endpoint that the evidence breaks. */
export function firstBroken(
  rules: readonly Rule[],
  endpoint: Rule['endpoint'],
  ruleInput: RuleInput,
): Rule | undefined {
  return rules.find((rule) => rule.endpoint === endpoint && rule.check(ruleInput) === false)
}

/** Options of {@link toRuleInput}. */
export interface ToRuleInputOptions {
  /** Epoch milliseconds. */
  now: number
  /** The registered key, to judge the signature too. */
  publicKey?: PublicKeyInput | undefined
  algorithm?: SigningAlgorithm | undefined
}

/**
 * RuleInput from a token, alone or as an `Authorization` header. A token that is no JWT is evidence of its
 * scheme only.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED` when it looks like a JWT and cannot be read.
 */
export async function toRuleInput(
  text: string,
  { now, publicKey, algorithm = 'RS256' }: ToRuleInputOptions,
): Promise<RuleInput> {
  const line = text.trim().replace(/^authorization:\s*/i, '')
  const [, scheme, credential = line] = /^([!#$%&'*+.^_`|~\w-]+)\s+(\S+)$/.exec(line) ?? []
  if (!credential.includes('.')) return { now, scheme }
  const jwt = decodeJwt(credential)
  const signature = publicKey === undefined ? undefined : await holds(credential, publicKey, algorithm)
  return { now, scheme, jwt, signature }
}

async function holds(
  token: string,
  publicKey: PublicKeyInput,
  algorithm: SigningAlgorithm,
): Promise<boolean> {
  try {
    await verifyJws(token, publicKey, { algorithm })
    return true
  } catch (error) {
    if (CountersignError.isInstance(error) && error.name === 'VerificationError') return false
    throw error
  }
}
