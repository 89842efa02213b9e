import { beginningOf } from '../base/encoding.ts'
import { revealSecret, type Secret } from '../base/secret.ts'
import { type FindSecrets, prepareSearch } from './find-secrets.ts'

const mask = '[secret]'
const pem = /-----BEGIN[^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g
const base64Pem = /LS0tLS1CRUdJTi[\w+/=\\-]*/g
const compactJws = /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g
/** The credential after a scheme, but not a word of a sentence or a parameter of a challenge. */
const authorization =
  /\b([Bb]earer|BEARER|[Tt]oken|TOKEN|[Bb]asic|BASIC)\s+(?![\w-]+=["\w])(?=[\w.~+/-]*(?:\d|[a-z][A-Z])|[\w.~+/-]{24})[\w.~+/-]{8,}=*/g
/** User name and password in a URL. */
const userInfo = /\/\/[^\s/@]+@/g
/** Base64 of something, or percent-encoded Base64: what a line of a key looks like. */
const longRun = /(?:[\w+/-]|%[\dA-Fa-f]{2}|\\[nr]){32,}=*/g

/**
 * `text` without secrets: the given ones in any usual encoding, and everything that has the shape of a PEM block, a
 * JWT or an `Authorization` value.
 *
 * @example
 * ```ts
 * import { redact } from '@countersign/core/provider'
 *
 * const safe = redact('refused: hunter2', ['hunter2']) // 'refused: [secret]'
 * ```
 */
export function redact(text: string, secrets: readonly (string | Secret)[] = []): string {
  return createRedactor(secrets)(text)
}

/** {@link redact} for many texts. It never throws, and takes time proportional to the text. */
export function createRedactor(secrets: readonly (string | Secret)[]): (text: string) => string {
  const known = [...new Set(secrets.map(revealSecret))].filter(({ length }) => length >= 4)
  let find: FindSecrets | undefined
  return (text) => {
    // Prepared for the first text only: most calls do not fail.
    find ??= known.length === 0 ? () => [] : prepareSearch(known)
    return maskShapes(maskRanges(text, find(text)))
  }
}

function maskRanges(text: string, ranges: readonly { start: number; end: number }[]): string {
  let masked = ''
  let from = 0
  for (const { start, end } of ranges) {
    masked += text.slice(from, start) + mask
    from = end
  }
  return masked + text.slice(from)
}

/** Masks everything that looks like a secret, known or not. */
function maskShapes(text: string): string {
  return text
    .replace(pem, mask)
    .replace(base64Pem, mask)
    .replace(authorization, `$1 ${mask}`)
    .replace(compactJws, mask)
    .replace(userInfo, `//${mask}@`)
}

/** The longest encoding of a part of a secret that is too short to be found, in characters. */
const cutTail = 256

/**
 * The beginning of a text, masked. The text is cut before it is searched, so that a large one costs no more
 * than a small one; the end, where a cut secret may be too short to be known, is dropped.
 */
export function redactBeginning(redact: (text: string) => string, text: string, length: number): string {
  const limit = length + 2 * cutTail
  if (text.length <= limit) return beginningOf(redact(text), length)
  return beginningOf(redact(text.slice(0, limit)).slice(0, -cutTail), length)
}

/** A foreign error may contain secrets that are not known here: everything that looks random is masked. */
function redactForeign(text: string, secrets: readonly (string | Secret)[]): string {
  return redact(text, secrets).replace(longRun, (run) => (isRandom(run) ? mask : run))
}

/** Base64 changes between capitals, small letters and digits all the time; words, paths and hex do not. */
function isRandom(run: string): boolean {
  const changes = run.match(/[A-Z](?=[a-z\d])|[a-z](?=[A-Z\d])|\d(?=[A-Za-z])/g)?.length ?? 0
  return /[A-Z]/.test(run) && /[a-z]/.test(run) && changes >= run.length / 4
}

/**
 * Whether a value is an error, whichever realm made it: under Jest and jsdom the platform throws errors that
 * are not `instanceof` the `Error` of the program.
 */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false
  const { name, message } = value as { name?: unknown; message?: unknown }
  return typeof name === 'string' && typeof message === 'string'
}

/** A copy of a foreign error with only its name, code and redacted message. */
export function redactCause(cause: unknown, secrets: readonly (string | Secret)[] = [], depth = 0): Error {
  if (!isError(cause))
    return new Error(redactForeign(typeof cause === 'string' ? cause : typeof cause, secrets))
  const quotes = cause.name === 'TypeError' || cause.name === 'SyntaxError'
  // The platform quotes the invalid value.
  const message = quotes ? cause.message.replace(/"[\s\S]+"/, `"${mask}"`) : cause.message
  const copy = new Error(redactForeign(message, secrets))
  copy.name = redactForeign(cause.name, secrets)
  copy.stack = `${copy.name}: ${copy.message}`
  const { code } = cause as { code?: unknown }
  if (typeof code === 'string') Object.assign(copy, { code: redactForeign(code, secrets) })
  if (cause.cause !== undefined && depth < 3) {
    Object.defineProperty(copy, 'cause', { value: redactCause(cause.cause, secrets, depth + 1) })
  }
  return copy
}
