import { revealSecret, type Secret } from '../secret.ts'

const mask = '[secret]'
const pem = /-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g
const base64Pem = /LS0tLS1CRUdJTi[\w+/=\\-]*/g
const compactJws = /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g
const authorization = /\b(Bearer|Token|Basic)\s+[\w.~+/=-]{8,}/gi

/** Every spelling in which a server or a library may echo a value back. */
function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  const base64 = btoa(String.fromCharCode(...bytes.subarray(0, 65_536))).replace(/=+$/, '')
  const url = base64.replaceAll('+', '-').replaceAll('/', '_')
  const encoded = encodeURIComponent(secret)
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, encoded, encoded.replaceAll('%20', '+'), json, base64, url]
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
