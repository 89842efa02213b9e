import { decodeJwt } from '../jwt/decode-jwt.ts'
import { importPublicKey, type PublicKeyInput } from '../keys/import-public-key.ts'
import type { Provider } from '../provider/provider.ts'
import { readForm, readJsonObject, readJwt, sha256Hex, signatureHolds } from '../provider/read-request.ts'
import type { RuleInput } from '../provider/rule.ts'
import { atProvider } from './at-provider.ts'
import { otherBodies } from './other-bodies.ts'
import { isPublicKeyTheSecret } from './public-key-secret.ts'
import { isRawRequest, parseRawRequest, type RawRequest } from './raw-request.ts'
import { unreadable } from './unreadable.ts'

/** Options of {@link readRuleInput}. */
export interface ReadRuleInputOptions {
  /** Epoch milliseconds. */
  now: number
  /** Whose rules will be asked: says at which door a request is, and in which environment. */
  provider?: Provider | undefined
  /** The registered key, to judge the signature too; needs a `provider` that has an algorithm. */
  publicKey?: PublicKeyInput | undefined
  /** The provider's environment, where the request's address does not tell. */
  environment?: string | undefined
}

/**
 * RuleInput from whatever someone pastes: a token, the value or the line of an `Authorization` header, several
 * header lines, a whole HTTP request, or what `curl -v` prints.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED` when it is none of these or cannot be read.
 * @throws {KeyError} when the public key cannot verify.
 */
export async function readRuleInput(
  input: string | Uint8Array,
  { now, provider, publicKey, environment }: ReadRuleInputOptions,
): Promise<RuleInput> {
  const { token, ...seen } = isRawRequest(input)
    ? await fromRequest(parseRawRequest(input))
    : fromText(typeof input === 'string' ? input : new TextDecoder().decode(input))
  const algorithm = provider?.algorithm
  const ruleInput: RuleInput = { ...seen, now }
  if (environment !== undefined) ruleInput.environment = environment
  const fault = ruleInput.jwt === undefined ? undefined : faultOf(token)
  if (fault !== undefined) {
    ruleInput.signature = false
    ruleInput.signatureFault = fault
  }
  if (publicKey !== undefined && provider !== undefined && algorithm !== undefined) {
    const key = await importPublicKey(publicKey, { algorithm, provider: provider.id })
    if (token !== undefined && ruleInput.jwt !== undefined) {
      ruleInput.signature = await signatureHolds(token, key, algorithm)
      ruleInput.publicKeyAsSecret = await isPublicKeyTheSecret(token, key, publicKey)
    }
  }
  return provider === undefined ? ruleInput : atProvider(provider, ruleInput)
}

const hint = 'Pass a token, an Authorization line or a whole HTTP request.'

type Seen = Omit<RuleInput, 'now'> & { token?: string | undefined }

async function fromRequest(raw: RawRequest): Promise<Seen> {
  const { headers, body } = raw
  const { scheme, token } = splitAuthorization(headers.get('authorization') ?? '')
  const fields = readFields(headers, body)
  const assertion = fields?.['client_assertion']
  const proof = typeof assertion === 'string' ? assertion : token
  const jwt = readJwt(proof)
  return {
    request: { ...raw, bodySha256: await sha256Hex(body) },
    otherBodies: jwt === undefined ? undefined : await otherBodies(body),
    scheme,
    fields,
    jwt,
    token: proof,
  }
}

/** What is wrong with a signature, as far as it shows without a key. */
function faultOf(token = ''): RuleInput['signatureFault'] {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (signature === '') return 'missing'
  return /^[\w-]+$/.test(signature) ? undefined : 'spelling'
}

/** Members of a JSON object or fields of a form, whatever the content type says: a rule asks for that. */
function readFields(headers: Headers, body: Uint8Array): Record<string, unknown> | undefined {
  const json = readJsonObject(body)
  if (json !== undefined) return json
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '')
  return isForm || /^[\w.-]+=/.test(new TextDecoder().decode(body.subarray(0, 128)))
    ? readForm(body)
    : undefined
}

function fromText(text: string): Seen {
  const trimmed = text.trim()
  const line = trimmed.includes('\n') ? pickAuthorization(trimmed) : trimmed.replace(/^> /, '')
  const bare = line.replace(/^(["'])(.*)\1$/s, '$2')
  const value = bare.replace(/^authorization:\s*/i, '')
  if (value === '') throw unreadable('There is nothing to explain.', hint)
  const isAlone = value === bare && !/\s/.test(value)
  const { scheme, token } = isAlone ? { scheme: undefined, token: value } : splitAuthorization(value)
  if (!isScheme(scheme ?? ''))
    throw unreadable('This is not a token, an Authorization header or an HTTP request.', hint)
  return { scheme, token, jwt: token.includes('.') ? decodeJwt(token) : undefined }
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

/** The last word is the credential; all before it is what people wrote for a scheme. */
function splitAuthorization(value: string): { scheme: string; token: string } {
  const words = value.trim().split(/\s+/)
  const token = words.at(-1) ?? ''
  const isSchemeAlone = words.length === 1 && /^[a-z]{0,10}$/i.test(token)
  return isSchemeAlone ? { scheme: token, token: '' } : { scheme: words.slice(0, -1).join(' '), token }
}
