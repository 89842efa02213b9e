import { revealSecret, type Secret } from '../base/secret.ts'
import { isError } from './is-error.ts'

const mask = '[secret]'
const pem = /-----BEGIN[^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g
const base64Pem = /LS0tLS1CRUdJTi[\w+/=\\-]*/g
const compactJws = /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g
/** What follows a scheme and is neither a word of a sentence nor a parameter of a challenge. */
const authorization =
  /\b([Bb]earer|BEARER|[Tt]oken|TOKEN|[Bb]asic|BASIC)\s+(?![\w-]+=["\w])(?=[\w.~+/-]*(?:\d|[a-z][A-Z])|[\w.~+/-]{24})[\w.~+/-]{8,}=*/g
/** User name and password in a URL. */
const userInfo = /\/\/[^\s/@]+@/g
/** Base64 of something, or percent-encoded Base64: what a line of a key looks like. */
const longRun = /(?:[\w+/-]|%[\dA-Fa-f]{2}|\\[nr]){32,}=*/g

/** What no encoding changes of a secret: it stays readable however often the rest is escaped. */
const plainPart = /[\w.-]{8,}/g
/** Whatever encodings, one upon the other, make of the characters between letters and digits. */
const gap = String.raw`(?:(?:\\|%(?:25)*5[Cc])+(?:u[\dA-Fa-f]{4}|[bfnrt])|%(?:25)*[\dA-Fa-f]{2}|[^A-Za-z\d]){0,48}?`

/** So many characters of a secret are told apart from other words. */
const tellingLength = 16

/** The texts by which a secret is known: itself, its readable parts, and Base64 of it in any alignment. */
function encodings(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed())
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const json = JSON.stringify(secret).slice(1, -1)
  const parts = secret.match(plainPart) ?? []
  const base64 = [secret, json, encoded, form, ...parts]
    .flatMap((text) => [0, 1, 2].map((shift) => base64Within(text, shift)))
    .filter((core) => core.length >= 8)
  return [...new Set([secret, ...parts, ...base64])]
}

/** A pattern for a text whose letters and digits are as they are and everything else may be escaped. */
function inAnyEscape(text: string): string {
  const words = text.split(/[^A-Za-z\d]+/)
  return words.join('').length < 4 ? escaped(text) : words.filter((word) => word !== '').join(gap)
}

/** The part of a text's Base64 that does not depend on what stands `shift` bytes before it, or behind it. */
function base64Within(text: string, shift: number): string {
  const bytes = [...new Uint8Array(shift), ...new TextEncoder().encode(text)]
  const whole = btoa(bytes.map((byte) => String.fromCharCode(byte)).join('')).replace(/=+$/, '')
  return whole.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 ? undefined : -1)
}

/**
 * `text` without secrets: the given ones in any usual spelling, and whatever has the shape of a PEM block,
 * a JWT or an `Authorization` value.
 */
export function redact(text: string, secrets: readonly (string | Secret)[] = []): string {
  return createRedactor(secrets)(text)
}

/** {@link redact} for many texts. */
export function createRedactor(secrets: readonly (string | Secret)[]): (text: string) => string {
  const known = secrets
    .map(revealSecret)
    .filter((value) => value.length >= 4)
    .flatMap(encodings)
    .sort((a, b) => b.length - a.length)
  const whole = known.map(inAnyEscape)
  // A server may cut off what it echoes: the beginning of a secret is enough to know it by.
  const begun = known
    .filter(({ length }) => length > tellingLength)
    .map((spelling) => `${inAnyEscape(spelling.slice(0, tellingLength))}[\\w+/=%.-]*`)
  // One pass for all, so that no mask is taken apart by a secret that is part of it.
  const given = known.length === 0 ? undefined : new RegExp([...whole, ...new Set(begun)].join('|'), 'g')
  return (text) =>
    (given === undefined ? text : text.replace(given, mask))
      .replace(pem, mask)
      .replace(base64Pem, mask)
      .replace(authorization, `$1 ${mask}`)
      .replace(compactJws, mask)
      .replace(userInfo, `//${mask}@`)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** A foreign error knows secrets that nobody told us: whatever is random enough goes. */
function redactForeign(text: string, secrets: readonly (string | Secret)[]): string {
  return redact(text, secrets).replace(longRun, (run) => (isRandom(run) ? mask : run))
}

/** Base64 changes between capitals, small letters and digits all the time; words, paths and hex do not. */
function isRandom(run: string): boolean {
  const changes = run.match(/[A-Z](?=[a-z\d])|[a-z](?=[A-Z\d])|\d(?=[A-Za-z])/g)?.length ?? 0
  return /[A-Z]/.test(run) && /[a-z]/.test(run) && changes >= run.length / 4
}

/** What may be kept of a foreign error: its name, code and redacted message, never its properties. */
export function redactCause(cause: unknown, secrets: readonly (string | Secret)[] = [], depth = 0): Error {
  if (!isError(cause))
    return new Error(redactForeign(typeof cause === 'string' ? cause : typeof cause, secrets))
  const quotes = cause.name === 'TypeError' || cause.name === 'SyntaxError'
  // The platform quotes the values that it complains of.
  const message = quotes ? cause.message.replace(/"[\s\S]{8,}"/, `"${mask}"`) : cause.message
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
