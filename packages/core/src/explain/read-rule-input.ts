import { decodeJwt } from '../jwt/decode-jwt.ts'
import { importPublicKey, type PublicKeyInput } from '../keys/import-public-key.ts'
import {
  credentialOf,
  signatureHolds,
  splitAuthorization,
  toRuleInput,
} from '../provider/captured-request.ts'
import type { Provider } from '../provider/provider.ts'
import type { RuleInput } from '../provider/rule.ts'
import { isCurlCommand, parseCurlCommand } from './curl-command.ts'
import { otherBodies } from './other-bodies.ts'
import { isPublicKeyTheSecret } from './public-key-secret.ts'
import { isRawRequest, parseRawRequest, unreadable } from './raw-request.ts'

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
 * several
 * header lines, a whole HTTP request, a curl command, or what `curl -v` prints.
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
 * @throws {KeyError} when the public key cannot verify.
 */
export async function readRuleInput(
  input: string | Uint8Array,
  { now, provider, publicKey, environment }: ReadRuleInputOptions,
): Promise<RuleInput> {
  const { token, ruleInput } = await read(input, { now, provider, environment })
  const { jwt, request } = ruleInput
  if (jwt === undefined) return ruleInput
  if (request !== undefined) ruleInput.otherBodies = await otherBodies(request.body)
  const fault = faultOf(token, jwt.header.alg)
  if (fault !== undefined) {
    ruleInput.signature = false
    ruleInput.signatureFault = fault
  }
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
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input)
  const request = isCurlCommand(text)
    ? parseCurlCommand(text)
    : isRawRequest(input)
      ? parseRawRequest(input)
      : undefined
  if (request !== undefined) {
    const ruleInput = await toRuleInput(request, { now, provider, environment })
    return { token: credentialOf(request), ruleInput }
  }
  const { scheme, token } = fromText(text)
  const jwt = token.includes('.') ? decodeJwt(token) : undefined
  const credential = jwt !== undefined ? 'jwt' : token === '' ? 'none' : 'opaque'
  return { token, ruleInput: { now, environment, scheme, credential, jwt } }
}

const hint = 'Pass a token, an Authorization line, a whole HTTP request or a curl command.'

/** What is wrong with a signature, as far as it shows without a key. */
function faultOf(token: string, algorithm: string): RuleInput['signatureFault'] {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (signature === '') return 'missing'
  if (!/^[\w-]+$/.test(signature)) return 'encoding'
  const bytes = Math.floor((signature.length * 3) / 4)
  // As long as the modulus: of 1024 bits, up to 8192.
  const isRsaLength = bytes % 64 === 0 && bytes >= 128 && bytes <= 1024
  return isRsaLength || !/^[RP]S\d/.test(algorithm) ? undefined : 'length'
}

function fromText(text: string): { scheme: string | undefined; token: string } {
  const trimmed = text.trim()
  const line = trimmed.includes('\n') ? pickAuthorization(trimmed) : trimmed.replace(/^> /, '')
  const bare = line.replace(/^(["'])(.*)\1$/s, '$2')
  const value = bare.replace(/^authorization:\s*/i, '')
  if (value === '') throw unreadable('There is nothing to explain.', hint)
  const isAlone = value === bare && !/\s/.test(value)
  const { scheme, credential: token } = isAlone
    ? { scheme: undefined, credential: value }
    : splitAuthorization(value)
  if (!isScheme(scheme ?? ''))
    throw unreadable('This is not a token, an Authorization header or an HTTP request.', hint)
  return { scheme, token }
}

/** One word, or the same word twice, as happens where two programs write it. */
function isScheme(words: string): boolean {
  return /^(?:[!#$%&'*+.^`|~:\w-]+)?$/.test(words.replace(/^(\S+) \1$/i, '$1'))
}

/** The line that counts among several header lines; what is wrapped over several lines is one. */
function pickAuthorization(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^> /, ''))
  const found = lines.find((line) => /^authorization:/i.test(line))
  if (found !== undefined) return found
  if (lines.every((line) => /^[\w.-]+$/.test(line.trim()))) return lines.map((line) => line.trim()).join('')
  throw unreadable(
    'The text contains neither an Authorization header nor the first line of an HTTP request.',
    hint,
  )
}
