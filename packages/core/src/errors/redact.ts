import { revealSecret, type Secret } from '../secret.ts'

const mask = '[secret]'
const pem = /-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g
const base64Pem = /LS0tLS1CRUdJTi[\w+/=\\-]*/g
const compactJws = /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g
/** What follows a scheme and is neither a word of a sentence nor a parameter of a challenge. */
const authorization =
  /\b([Bb]earer|BEARER|[Tt]oken|TOKEN|[Bb]asic|BASIC)\s+(?![\w-]+=["\w])(?=[\w.~+/-]*(?:\d|[a-z][A-Z])|[\w.~+/-]{24})[\w.~+/-]{8,}=*/g

/** Every spelling in which a server or a library may echo a value back. */
function spellings(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed())
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const json = JSON.stringify(secret).slice(1, -1)
  const base64 = [0, 1, 2].map((shift) => base64Within(secret, shift)).filter((core) => core.length >= 8)
  return [
    ...[secret, json, json.replaceAll('/', '\\/')],
    ...[encoded, form].flatMap((text) => [text, text.replace(/%../g, (hex) => hex.toLowerCase())]),
    ...base64.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]),
  ]
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
  const known = secrets
    .map(revealSecret)
    .filter((value) => value.length >= 4)
    .flatMap(spellings)
    .sort((a, b) => b.length - a.length)
  const masked = known.reduce((rest, value) => rest.replaceAll(value, mask), text)
  return masked
    .replace(pem, mask)
    .replace(base64Pem, mask)
    .replace(authorization, `$1 ${mask}`)
    .replace(compactJws, mask)
}

/** What may be kept of a foreign error: its name, code and redacted message, never its properties. */
export function redactCause(cause: unknown, secrets: readonly (string | Secret)[] = [], depth = 0): Error {
  if (!(cause instanceof Error))
    return new Error(redact(typeof cause === 'string' ? cause : typeof cause, secrets))
  const copy = new Error(redact(cause.message, secrets))
  copy.name = cause.name
  copy.stack = `${cause.name}: ${copy.message}`
  const { code } = cause as { code?: unknown }
  if (typeof code === 'string') Object.assign(copy, { code: redact(code, secrets) })
  if (cause.cause !== undefined && depth < 3) {
    Object.defineProperty(copy, 'cause', { value: redactCause(cause.cause, secrets, depth + 1) })
  }
  return copy
}
