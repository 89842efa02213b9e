import { toLatin1 } from '../base/encoding.ts'
import { ConfigError } from '../errors/config-error.ts'
import { importPublicKey, type PublicKeyInput } from '../keys/import-public-key.ts'
import { credentialOf, signatureFaultOf, signatureHolds, toRuleInput } from '../provider/captured-request.ts'
import type { Provider } from '../provider/provider.ts'
import type { CapturedRequest, RuleInput } from '../provider/rule.ts'
import { isCurlCommand, parseCurlCommand } from './curl-command.ts'
import { otherBodies } from './other-bodies.ts'
import { isPublicKeyTheSecret } from './public-key-secret.ts'
import { hiddenBodyLength, isCurlTrace, isRawRequest, parseRawRequest, toInputBytes } from './raw-request.ts'
import { withoutResponse } from './response.ts'
import { readText } from './text-token.ts'
import { unwrapTokens } from './wrapped-token.ts'

/** Options of {@link readRuleInput}. */
export interface ReadRuleInputOptions {
  /** Epoch milliseconds. */
  now: number
  /** The provider whose rules will be checked. It decides the endpoint and the environment of a request. */
  provider?: Provider | undefined
  /** The registered key, to judge the signature too; needs a `provider` that has an algorithm. */
  publicKey?: PublicKeyInput | undefined
  /** The provider's environment, when the request's address does not show it. */
  environment?: string | undefined
}

/**
 * Reads what a user pastes into a `RuleInput`: a token, the value or the line of an `Authorization` header,
 * several header lines, a whole HTTP request, a curl command, or what `curl -v` prints. A token that was wrapped
 * over several lines is put together, and the one JWT in any other text is found. A response after the request is
 * left out; `readResponse` reads it.
 *
 * @example
 * ```ts
 * import { readRuleInput } from '@countersign/core/explain'
 *
 * declare const token: string
 * const { scheme, jwt } = await readRuleInput(`Authorization: Bearer ${token}`, { now: Date.now() })
 * ```
 *
 * @throws {VerificationError} `TOKEN_MALFORMED` for any other input, or when it cannot be read.
 * @throws {ConfigError} `CONFIG_INVALID` without `now`, and for an input that is neither a string nor bytes.
 * @throws {KeyError} when the public key cannot verify.
 */
export async function readRuleInput(
  input: string | Uint8Array,
  options: ReadRuleInputOptions,
): Promise<RuleInput> {
  // Code without types may leave the options out.
  const { now, provider, publicKey, environment } = (options ?? {}) as ReadRuleInputOptions
  if (typeof now !== 'number')
    throw new ConfigError('`now` is missing or not a number of milliseconds.', {
      hint: 'Pass `{ now: Date.now() }`.',
    })
  const { token, ruleInput } = await read(input, { now, provider, environment })
  const { jwt, request } = ruleInput
  if (jwt === undefined) return ruleInput
  if (request !== undefined) ruleInput.otherBodies = await otherBodies(request.body)
  const fault = signatureFaultOf(token, jwt.header)
  ruleInput.signatureFault = fault
  // A header that is refused here says nothing of the signature.
  if (fault !== undefined && fault !== 'header') ruleInput.signature = false
  const algorithm = provider?.algorithm
  if (publicKey !== undefined && provider !== undefined && algorithm !== undefined) {
    const key = await importPublicKey(publicKey, { algorithm, provider: provider.id })
    ruleInput.signature = await signatureHolds(token, key, algorithm)
    ruleInput.publicKeyAsSecret = await isPublicKeyTheSecret(token, key, publicKey)
  }
  return ruleInput
}

async function read(
  input: string | Uint8Array,
  { now, provider, environment }: ReadRuleInputOptions,
): Promise<{ token: string; ruleInput: RuleInput }> {
  const given = typeof input === 'string' ? input : new TextDecoder().decode(toInputBytes(input))
  const { text, hadLineBreaks } = unwrapTokens(given)
  const wrapped = hadLineBreaks ? { hadLineBreaks } : {}
  if (isCurlTrace(text)) {
    const { request, isBodyHidden } = readCurlTrace(text)
    const ruleInput = await toRuleInput(request, { now, provider, environment })
    const unknown = isBodyHidden ? { bodySha256: undefined, fields: undefined } : {}
    return {
      token: credentialOf(request, ruleInput.endpoint),
      ruleInput: { ...ruleInput, ...unknown, ...wrapped },
    }
  }
  const request = isCurlCommand(text) ? parseCurlCommand(text) : readRawRequest(input)
  if (request !== undefined) {
    const ruleInput = await toRuleInput(request, { now, provider, environment })
    return { token: credentialOf(request, ruleInput.endpoint), ruleInput: { ...ruleInput, ...wrapped } }
  }
  const { scheme, token, jwt } = readText(text)
  const credential = jwt !== undefined ? 'jwt' : token === '' ? 'none' : 'opaque'
  return { token, ruleInput: { now, environment, scheme, credential, jwt, ...wrapped } }
}

/**
 * The request that `curl -v` shows. Its body is in the command before it, or nowhere: then it has as many bytes as
 * were sent, and what they are is not known.
 */
function readCurlTrace(text: string): { request: CapturedRequest; isBodyHidden: boolean } {
  const request = parseRawRequest(text)
  const hidden = hiddenBodyLength(text)
  if (hidden === 0) return { request, isBodyHidden: false }
  const body = isCurlCommand(text) ? bodyOfCommand(text) : undefined
  if (body?.length === hidden) return { request: { ...request, body }, isBodyHidden: false }
  return { request: { ...request, body: new Uint8Array(hidden) }, isBodyHidden: true }
}

function bodyOfCommand(text: string): Uint8Array | undefined {
  try {
    return parseCurlCommand(text).body
  } catch {
    // It takes the body from a file or a variable.
    return undefined
  }
}

/** A request with its body as it was given, byte for byte: only tokens in its head are put together. */
function readRawRequest(input: string | Uint8Array): CapturedRequest | undefined {
  if (!isRawRequest(input)) return undefined
  const bytes = withoutResponse(typeof input === 'string' ? new TextEncoder().encode(input) : input)
  const latin1 = toLatin1(bytes)
  const end = /\r?\n\r?\n/.exec(latin1)?.index ?? latin1.length
  const head = unwrapTokens(latin1.slice(0, end))
  if (!head.hadLineBreaks) return parseRawRequest(bytes)
  const start = Uint8Array.from(head.text, (character) => character.charCodeAt(0))
  const whole = new Uint8Array(start.length + bytes.length - end)
  whole.set(start)
  whole.set(bytes.subarray(end), start.length)
  return parseRawRequest(whole)
}
