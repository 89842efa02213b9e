import { fromBase64, toBytes } from '../base/encoding.ts'
import { decodeEscapes } from '../errors/decode-escapes.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'
import { type PemBlock, readPemBlocks } from './pem.ts'

/** The content of a key's text or bytes, without any wrapping. */
export type KeyContent =
  | { readonly der: Uint8Array<ArrayBuffer> }
  | { readonly blocks: readonly PemBlock[] }
  | { readonly json: object }

const largest = 65_536
/** Base64 in JSON in Base64 in quotes is four deep; deeper nesting is refused. */
const deepest = 5

/**
 * Finds the key in text or bytes and undoes the damage that environment variables, editors, shells and mail
 * do to it. Input that parses is not changed: repairs are tried only on the rest.
 */
export function readKeyContent(input: string | Uint8Array, depth = 0): KeyContent | KeyFault {
  if (typeof input !== 'string') return readBytes(input, depth)
  if (input.length > largest) return keyFaults.tooLarge
  const text = stripMarks(input)
  if (text === '') return keyFaults.empty
  const again = (inner: string | Uint8Array) =>
    depth < deepest ? readKeyContent(inner, depth + 1) : keyFaults.malformed
  const json = parseJson([input, text])
  if (typeof json === 'string') return again(json)
  if (typeof json === 'object' && json !== null) return readJsonObject(json, again)
  const lines = repairLines(stripQuotes(text))
  const other = nameOther(lines)
  if (other !== undefined) return other
  const blocks = readPemBlocks(lines)
  if (blocks.some(({ der }) => der !== undefined)) return { blocks }
  const decoded = decodePercent(lines) ?? decodeOther(lines)
  if (decoded !== undefined) return again(decoded)
  if (blocks.length > 0) return { blocks }
  if (lines.startsWith('{')) return lines.endsWith('}') ? keyFaults.malformed : keyFaults.truncated
  if (/-{1,5}BEGIN\b/.test(lines)) return keyFaults.truncated
  const bytes = fromBase64(lines)
  if (bytes !== undefined) {
    const inner = again(bytes)
    if (inner !== keyFaults.malformed && inner !== keyFaults.empty) return inner
  }
  const assigned = /^(?:export[ \t]+)?[A-Za-z_]\w{0,127}=(\S[\s\S]*)$/.exec(lines)?.[1]
  if (assigned !== undefined) {
    const inner = again(assigned)
    if (inner !== keyFaults.malformed && inner !== keyFaults.empty) return inner
  }
  if (beginsLikeBase64(lines)) return keyFaults.truncated
  return isPath(lines) ? keyFaults.path : keyFaults.malformed
}

function readBytes(input: Uint8Array, depth: number): KeyContent | KeyFault {
  const bytes = toBytes(input) ?? new Uint8Array()
  if (bytes.length === 0) return keyFaults.empty
  if (bytes.length > largest) return keyFaults.tooLarge
  return looksLikeDer(bytes) ? { der: bytes } : readKeyContent(decodeText(bytes), depth)
}

/** A long SEQUENCE, or a short one that ends with the bytes: text may begin with the digit 0, too. */
function looksLikeDer(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 || bytes[1] === undefined) return false
  return bytes[1] >= 0x80 || (bytes[1] > 0 && bytes.length === bytes[1] + 2)
}

/** UTF-8, or UTF-16 as PowerShell writes it, with or without a byte order mark. */
function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || second === 0) return new TextDecoder('utf-16le').decode(bytes)
  if ((first === 0xfe && second === 0xff) || first === 0) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

/** Without byte order marks (also those read in another encoding), NULs and characters of no width, spaces as such. */
function stripMarks(text: string): string {
  return text
    .replace(/^(?:\uFEFF|\uFFFE|\uFFFD+|ÿþ|þÿ|ï»¿)/, '')
    .replace(/[\0\u200B-\u200D\u2060\uFEFF]/g, '')
    .replaceAll('\u00A0', ' ')
    .trim()
}

function stripQuotes(text: string): string {
  return /^(["'`])([\s\S]*)\1[,;]?$/.exec(text)?.[2]?.trim() ?? text
}

/**
 * A JSON object or text: as it is, then without what was added at its ends, without line breaks within its texts,
 * without the quotes of the JSON text that it was in, with written-out line breaks, and with one escape less.
 */
function parseJson([input, text]: readonly [string, string]): unknown {
  if (!/^["'`\\{]/.test(text)) return undefined
  const plain = text.replace(/[,;]$/, '')
  const unquoted = plain.startsWith('"') ? plain : stripQuotes(plain)
  if (!/^(?:\\*"|\{)/.test(unquoted)) return undefined
  const removeEscape = (escaped: string) => escaped.replace(/\\(["\\/])/g, '$1')
  const writeBreaks = (escaped: string) => escaped.replace(/(?<!\\)\\+[rn]/g, '\n')
  const once = removeEscape(unquoted)
  const repairs = [
    () => unquoted.replace(/(?<!\\)\\*[\r\n]+[ \t]*/g, ''),
    () => (/^\{\s*\\/.test(unquoted) ? `"${unquoted}"` : ''),
    () => writeBreaks(unquoted),
    () => once,
    () => removeEscape(writeBreaks(unquoted)),
    () => removeEscape(once),
    () => stripQuotes(unquoted),
    () => writeBreaks(stripQuotes(unquoted)),
  ]
  for (const repair of [() => input, () => plain, () => unquoted, ...repairs]) {
    try {
      return JSON.parse(repair())
    } catch {
      // The next repair is tried.
    }
  }
  return undefined
}

/** A JWK, a JWK Set, or the credentials file of a provider that holds the key as `private_key`. */
function readJsonObject(json: object, again: (text: string) => KeyContent | KeyFault): KeyContent | KeyFault {
  const { private_key: inner } = json as { private_key?: unknown }
  return typeof inner === 'string' && !('kty' in json || 'keys' in json) ? again(inner) : { json }
}

/** Undoes written-out line breaks, escaped however often, continued lines, and escapes of JSON and properties. */
function repairLines(text: string): string {
  return text
    .replace(/(?<!\\)\\+u00([0-7][\dA-Fa-f])/g, (_match, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/(?<!\\)(?:(?:\\+r)?\\+n|\\+r)/g, '\n')
    .replace(/(?<!\\)\\+[ \t]*(?=[\r\n]|$)/g, '')
    .replace(/(?<!\\)\\+([/=+:])/g, '$1')
    .replace(/\r\n?/g, '\n')
    .replace(/-----(BEGIN|END)(RSA|ENCRYPTED)?(PRIVATE|PUBLIC)KEY-----/g, (...match) => {
      const words = [match[1], match[2], match[3], 'KEY'].filter((word) => word !== undefined)
      return `-----${words.join(' ')}-----`
    })
    .trim()
}

/** Percent-encoded text decoded once, as part of a URL or as a form field; `undefined` for any other text. */
function decodePercent(text: string): string | undefined {
  if (!/%[\dA-Fa-f]{2}/.test(text)) return undefined
  try {
    return decodeURIComponent(/BEGIN\+/.test(text) ? text.replaceAll('+', ' ') : text)
  } catch {
    return undefined
  }
}

/** HTML entities, and octal escapes as shells write them; `undefined` for a text without them. */
function decodeOther(text: string): string | undefined {
  const { text: decoded } = decodeEscapes(text)
  return decoded === text ? undefined : decoded
}

/** Recognises keys of other kinds that may be given instead. */
function nameOther(text: string): KeyFault | undefined {
  if (/^(ssh-|ecdsa-sha2-|sk-)\S+ AAAA/.test(text) || text.startsWith('---- BEGIN SSH2 PUBLIC KEY'))
    return keyFaults.sshPublicKey
  if (text.startsWith('PuTTY-User-Key-File-')) return keyFaults.putty
  return /-----BEGIN PGP /.test(text) ? keyFaults.pgp : undefined
}

/** DER, PEM, and Base64 of either, as their Base64 begins. */
function beginsLikeBase64(text: string): boolean {
  return /^(?:MII|LS0tLS1CRUdJTi|TUlJ|TFMwdExTMUNSVWRK)[\w+/\s-]+$/.test(text)
}

function isPath(text: string): boolean {
  if (text.includes('\n') || text.length > 4_096) return false
  return (
    /^(?:file:|[A-Za-z]:[\\/]|\\\\|~?\/|\.{1,2}[\\/])/.test(text) ||
    /\.(?:pem|key|der|p8|pk8|pkcs8|p12|pfx|ppk|crt|cer|json|jwks?|txt|b64)$/i.test(text)
  )
}
