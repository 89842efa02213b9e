import { decodeJwt, type Provider } from '@countersign/core'
import {
  diagnose,
  type Guess,
  guessProvider,
  type PastedResponse,
  readResponse,
  readRuleInput,
  ruleNamedBy,
  withNamedRule,
} from '@countersign/core/explain'
import { credentialOf, explain, type RuleInput, type Verdict } from '@countersign/core/provider'

/** What is to be explained. */
export interface Question {
  text: string
  /** The provider; `undefined` to guess it. */
  provider: Provider | undefined
  /** The registered public key, or an empty text. */
  publicKey: string
  now: number
}

/** The answer: the provider, what went wrong, the decoded token, and the rules. */
export interface Explanation {
  provider: Provider | undefined
  /** What the guess is based on; `undefined` when the provider was named. */
  guessedBy: Guess['by'] | undefined
  /** What only this provider has, where that is why it was recognised. */
  mark: string | undefined
  /** The providers that are equally likely. */
  candidates: readonly Provider[]
  ruleInput: RuleInput
  /** The JWT in the text. */
  token: string | undefined
  /** What the provider answered, if the text says it. */
  response: PastedResponse | undefined
  /** The id of the rule that the response names. */
  namedRule: string | undefined
  /** The time of judgement, epoch milliseconds: that of the response, or else now. */
  judgedAt: number
  rules: readonly Verdict[]
  mistakes: ReturnType<typeof diagnose>
}

/**
 * Explains a token, an `Authorization` header, a whole HTTP request, a curl command, the output of `curl -v`, a
 * response or the JSON body of an error. Times are judged by the provider's clock where a response shows it.
 *
 * @throws {CountersignError} when it cannot be read, or the public key cannot verify it.
 */
export async function explainText(
  { text, provider: chosen, publicKey, now }: Question,
  providers: readonly Provider[],
): Promise<Explanation> {
  const response = readResponse(text)
  const judgedAt = response?.time ?? now
  const among = chosen === undefined ? providers : [chosen]
  const named = response === undefined ? undefined : ruleNamedBy(response, among)
  const about = { response, namedRule: named?.rule.id, judgedAt }
  if (response?.isAlone === true) {
    const ruleInput = { now: judgedAt }
    const rules = named === undefined ? [] : withNamedRule(explain([named.rule], ruleInput), named.rule.id)
    const none = { guessedBy: undefined, mark: undefined, candidates: [], mistakes: [], token: undefined }
    return { provider: chosen ?? named?.provider, ...none, ...about, ruleInput, rules }
  }
  const seen = await readRuleInput(text, { now: judgedAt })
  const token = tokenIn(text, seen)
  const guess = chosen === undefined ? guessProvider(providers, seen) : undefined
  const provider = chosen ?? guess?.provider
  const from = { guessedBy: guess?.by, mark: guess?.mark, candidates: guess?.candidates ?? [] }
  const open = { ...from, token, ...about }
  if (provider === undefined) return { provider, ...open, ruleInput: seen, rules: [], mistakes: [] }
  const key = publicKey.trim() === '' ? undefined : publicKey
  const ruleInput = await readRuleInput(text, { now: judgedAt, provider, publicKey: key })
  return {
    provider,
    ...open,
    ruleInput,
    rules: withNamedRule(explain(provider.rules, ruleInput), named?.rule.id),
    mistakes: diagnose(provider, ruleInput),
  }
}

/** Whether a text holds a private key, which nothing here needs. */
export function holdsPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text)
}

/** Begins only where a word does, so that a long word is read once. */
const tokens = /(?<![\w-])[\w-]+\.[\w-]+\.[\w-]*/g

function joinLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('')
}

/** The text of the JWT that was decoded. */
function tokenIn(text: string, { jwt, request, endpoint }: RuleInput): string | undefined {
  if (jwt === undefined) return undefined
  const candidates = [
    ...(request === undefined ? [] : [credentialOf(request, endpoint)]),
    ...(joinLines(text).match(tokens) ?? []),
    ...(text.match(tokens) ?? []),
  ]
  return candidates.find((candidate) => isJwt(candidate))
}

function isJwt(text: string): boolean {
  try {
    decodeJwt(text)
    return true
  } catch {
    return false
  }
}
