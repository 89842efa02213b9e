import { decodeJwt } from '../jwt/decode-jwt.ts'
import { splitAuthorization } from '../provider/captured-request.ts'
import type { RuleInput } from '../provider/rule.ts'
import { unreadable } from './raw-request.ts'

/** A token, as it was pasted without a request. */
export interface TextToken {
  scheme: string | undefined
  token: string
  jwt: RuleInput['jwt']
}

/**
 * The token or `Authorization` header that a text is, or else the one JWT in it, as in a log, a program or JSON.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`, saying what the text is instead.
 */
export function readText(text: string): TextToken {
  const key = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1]
  if (key !== undefined) throw unneededKey(key)
  try {
    const { scheme, token } = fromText(text)
    return { scheme, token, jwt: token.includes('.') ? decodeWhole(token) : undefined }
  } catch (error) {
    const found = [...text.matchAll(jwtInText)].map(([, scheme, token = '']) => ({ scheme, token }))
    const [first] = found
    if (first === undefined) throw error
    const { size } = new Set(found.map(({ token }) => token))
    if (size > 1) throw unreadable(`The text holds ${size} tokens.`, 'Pass one of them.')
    return { ...first, jwt: decodeWhole(first.token) }
  }
}

/** A JWT with the scheme before it. It begins only where a word does, so that a long word is read once. */
const jwtInText = /(?:\b(bearer|token|dpop|jwt) )?(?<![\w.-])(ey[\w-]+\.[\w-]+\.[\w-]*)(?!\.?[\w-])/gi

const hint =
  'Pass a token, an Authorization line, an HTTP request, a curl command, the output of curl -v, or the JSON of an error.'

/** The JWT, or an error that says what else it is. */
function decodeWhole(token: string): RuleInput['jwt'] {
  const { length } = token.split('.')
  const isBegun = /^ey[\w-]/.test(token)
  if (length === 5 && isBegun)
    throw unreadable(
      'This is an encrypted JWT (JWE): only the holder of its key can read it.',
      'Pass a signed JWT: three parts, separated by dots.',
    )
  if (length === 2 && isBegun)
    throw unreadable(
      'The token has 2 parts, not three: it was cut off.',
      'Copy the whole token, up to its last character.',
    )
  return decodeJwt(token)
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
  if (!isScheme(scheme ?? '') || (value === bare && isText(scheme, token))) throw plainText()
  return { scheme, token }
}

function plainText(): Error {
  return unreadable('This is text, not a token, an Authorization header or an HTTP request.', hint)
}

/** A private key is asked for nowhere, and a public one has a place of its own. */
function unneededKey(label: string): Error {
  const isPrivate = label.endsWith('PRIVATE KEY')
  return unreadable(
    `This is ${isPrivate ? 'a private key' : label === 'CERTIFICATE' ? 'a certificate' : 'a key'}, not a token. It is not needed here.`,
    isPrivate
      ? 'Keep it secret. To check a signature, pass the registered public key beside the token.'
      : 'Pass the token or the request. To check its signature, pass the registered public key beside it.',
  )
}

/** The schemes of `Authorization` after which anything is a credential. */
const usualSchemes = /^(?:bearer|token|basic|DPoP|jwt|apikey|oauth)\b/i

/** A token must have 128 random bits (RFC 6749, section 10.10), which take 20 of the 94 printable characters. */
const shortestToken = 20

/** Whether something that is not a JWT, and has neither a known scheme nor the name of the header, is words. */
function isText(scheme: string | undefined, token: string): boolean {
  return !token.includes('.') && token.length < shortestToken && !usualSchemes.test(scheme ?? '')
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
  const own = lines.map((line) => line.trim())
  // What is not a JWT is wrapped only where its lines are long.
  if (own.every((line) => /^[\w.-]+$/.test(line)) && (own[0] ?? '').length >= longestWord) return own.join('')
  if (own.some((line) => /^[\w-]+:/.test(line)))
    throw unreadable(
      'The text contains neither an Authorization header nor the first line of an HTTP request.',
      hint,
    )
  throw plainText()
}

const longestWord = 40
