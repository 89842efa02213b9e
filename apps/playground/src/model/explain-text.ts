import { decodeJwt, type Provider } from '@countersign/core'
import { diagnose, type Guess, guessProvider, readRuleInput } from '@countersign/core/explain'
import { credentialOf, explain, type RuleInput, type Verdict } from '@countersign/core/provider'
import { type ErrorBody, readErrorBody } from './error-body.ts'

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
  /** The providers that are equally likely. */
  candidates: readonly Provider[]
  ruleInput: RuleInput
  /** The JWT in the text. */
  token: string | undefined
  /** The error in the text, if it is the body of a refusal. */
  error: ErrorBody | undefined
  rules: readonly Verdict[]
  mistakes: ReturnType<typeof diagnose>
}

/**
 * Explains a token, an `Authorization` header, a whole HTTP request, a curl command or the JSON body of an error.
 *
 * @throws {CountersignError} when it cannot be read, or the public key cannot verify it.
 */
export async function explainText(
  { text, provider: named, publicKey, now }: Question,
  providers: readonly Provider[],
): Promise<Explanation> {
  const error = readErrorBody(text)
  const none = { guessedBy: undefined, candidates: [], rules: [], mistakes: [], token: undefined }
  if (error !== undefined) return { provider: undefined, ...none, ruleInput: { now }, error }
  const seen = await readRuleInput(text, { now })
  const token = tokenIn(text, seen)
  const guess = named === undefined ? guessProvider(providers, seen) : undefined
  const provider = named ?? guess?.provider
  const open = { guessedBy: guess?.by, candidates: guess?.candidates ?? [], token, error }
  if (provider === undefined) return { provider, ...open, ruleInput: seen, rules: [], mistakes: [] }
  const key = publicKey.trim() === '' ? undefined : publicKey
  const ruleInput = await readRuleInput(text, { now, provider, publicKey: key })
  return {
    provider,
    ...open,
    ruleInput,
    rules: explain(provider.rules, ruleInput),
    mistakes: diagnose(provider, ruleInput),
  }
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
function tokenIn(text: string, { jwt, request }: RuleInput): string | undefined {
  if (jwt === undefined) return undefined
  const candidates = [
    ...(request === undefined ? [] : [credentialOf(request)]),
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
