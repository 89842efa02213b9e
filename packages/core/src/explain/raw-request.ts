import { toBytes, toLatin1 } from '../base/encoding.ts'
import { ConfigError } from '../errors/config-error.ts'
import { VerificationError } from '../errors/verification-error.ts'
import type { CapturedRequest } from '../provider/rule.ts'

const largestHead = 65_536
const hash = 0x23
const largest = 67_108_864

/** Whether a text looks like a whole HTTP request, or like the output of `curl -v`. */
export function isRawRequest(input: string | Uint8Array): boolean {
  const head = toHeadText(toInputBytes(input).subarray(0, largestHead))
  return hasRequestLine(head) || isCurlTrace(head)
}

/**
 * Reads a whole HTTP/1.1 request: the request line with a path or a whole address, header lines, an empty line and the
 * body; lines end in CRLF or LF. Leading lines that begin with `#`, as in HTTP files, are skipped. The body is taken
 * byte for byte up to `Content-Length`, or joined from its chunks. The output of `curl -v` is read too.
 *
 * @example
 * ```ts
 * import { parseRawRequest } from '@countersign/core/explain'
 *
 * const { method, target, headers, body } = parseRawRequest('GET /v1/ping HTTP/1.1\nHost: api.acme.example\n\n')
 * ```
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`, saying which part cannot be read.
 * @throws {ConfigError} `CONFIG_INVALID` when it is neither a string nor bytes.
 */
export function parseRawRequest(input: string | Uint8Array): CapturedRequest {
  const given = toInputBytes(input)
  if (given.length > largest) throw unreadableRequest('it is larger than 64 MiB.')
  const sniffed = toHeadText(given.subarray(0, largestHead))
  const bytes = isCurlTrace(sniffed)
    ? new TextEncoder().encode(curlTraceToRequest(new TextDecoder().decode(given)))
    : given
  const start = skipLeadingLines(bytes)
  const { headEnd, bodyStart } = findBody(bytes, start)
  if (headEnd - start > largestHead) throw unreadableRequest('its head is larger than 64 KiB.')
  const head = bytes.subarray(start, headEnd)
  const [, ...lines] = toHeadText(head).split(/\r?\n/)
  const line = new TextDecoder().decode(head).split(/\r?\n/, 1)[0] ?? ''
  const { method, target, host } = readRequestLine(line)
  const headers = readHeaderLines(lines)
  // The address on the request line is the one that counts (RFC 9112, section 3.2.2).
  if (host !== undefined) headers.set('host', host)
  return { method, target, headers, body: readRawBody(headers, bytes.subarray(bodyStart)) }
}

function readRequestLine(line: string): { method: string; target: string; host?: string } {
  const [, method, address] =
    /^([!#$%&'*+.^_`|~\w-]+)[ \t]+(\S+)(?:[ \t]+HTTP\/\d(?:\.\d)?)?[ \t]*$/.exec(line) ?? []
  if (method === undefined || address === undefined)
    throw unreadableRequest('its first line is not of the form METHOD /path HTTP/1.1.')
  const [, host, rest] = /^https?:\/\/(?:[^/?#@]*@)?([^/?#@]+)([^#]*)/i.exec(address) ?? []
  if (host !== undefined && rest !== undefined) {
    if (!/^[\w.:[\]-]+$/.test(host)) throw unreadableRequest('the URL on its first line has no host.')
    return { method, target: rest.startsWith('/') ? rest : `/${rest}`, host: host.toLowerCase() }
  }
  if (!address.startsWith('/'))
    throw unreadableRequest('its first line has neither a path that begins with / nor a full URL.')
  return { method, target: address.replace(/#.*$/, '') }
}

/**
 * The bytes of what was given to be read.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it is neither a string nor bytes.
 */
export function toInputBytes(input: unknown): Uint8Array {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : toBytes(input)
  if (bytes !== undefined) return bytes
  throw new ConfigError('`input` is not a string or bytes.', { hint: 'Pass what is to be read as text.' })
}

/** Headers are read as Latin-1 (RFC 9110, section 5.5). */
function toHeadText(bytes: Uint8Array): string {
  return toLatin1(bytes).replace(/^\u00ef\u00bb\u00bf/, '')
}

/** Skips a byte order mark, empty lines and the `#` comments of an HTTP file. */
function skipLeadingLines(bytes: Uint8Array): number {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  for (;;) {
    if (bytes[at] === 10 || bytes[at] === 13) at += 1
    else if (bytes[at] !== hash) return at
    else {
      const lineEnd = bytes.indexOf(10, at)
      at = lineEnd < 0 ? bytes.length : lineEnd + 1
    }
  }
}

/** Where the head ends, and where the body begins after the empty line. */
function findBody(bytes: Uint8Array, start: number): { headEnd: number; bodyStart: number } {
  let lineStart = start
  for (;;) {
    const lineEnd = bytes.indexOf(10, lineStart)
    if (lineEnd < 0) return { headEnd: bytes.length, bodyStart: bytes.length }
    const empty = lineEnd === lineStart || (lineEnd === lineStart + 1 && bytes[lineStart] === 13)
    if (empty) return { headEnd: lineStart, bodyStart: lineEnd + 1 }
    lineStart = lineEnd + 1
  }
}

const mostHeaderLines = 1000

/** Header lines, without line ends; a line that begins with white space continues the one before. */
function readHeaderLines(lines: readonly string[]): Headers {
  const headers = new Headers()
  if (lines.length > mostHeaderLines)
    throw unreadableRequest(`it has more than ${mostHeaderLines} header lines.`)
  const unfolded: string[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line) && unfolded.length > 0) unfolded.push(`${unfolded.pop()} ${line.trim()}`)
    else unfolded.push(line)
  }
  for (const [index, line] of unfolded.entries()) {
    if (line.trim() === '') continue
    const colon = line.indexOf(':')
    try {
      headers.append(line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim())
    } catch {
      throw unreadableRequest(`its header line ${index + 1} is not of the form name: value.`)
    }
  }
  return headers
}

/** The body in the bytes after the head (RFC 9112, section 6). */
function readRawBody(headers: Headers, rest: Uint8Array): Uint8Array {
  const coding = headers.get('transfer-encoding')?.trim().toLowerCase()
  if (coding !== undefined && coding !== 'identity') {
    if (coding !== 'chunked')
      throw unreadableRequest('its Transfer-Encoding is something other than chunked.')
    return joinChunks(rest)
  }
  const length = readContentLength(headers)
  // A trailing line end comes from the file or the clipboard.
  if (length === undefined)
    return rest.every((byte) => byte === 10 || byte === 13) ? rest.subarray(0, 0) : rest
  if (rest.length >= length) return rest.subarray(0, length)
  throw unreadableRequest(
    `its body has ${rest.length} bytes, and Content-Length says ${length}.`,
    'Add the whole body below the empty line (`curl -v` shows none), or take the line out if the body is as you pass it.',
  )
}

function readContentLength(headers: Headers): number | undefined {
  const lengths = new Set(
    headers
      .get('content-length')
      ?.split(',')
      .map((length) => length.trim()),
  )
  const [length, ...others] = lengths
  if (length === undefined) return undefined
  if (others.length > 0 || !/^\d{1,15}$/.test(length))
    throw unreadableRequest('its Content-Length is not a single number.')
  return Number(length)
}

/** The data of a chunked body (RFC 9112, section 7.1); extensions and trailers are skipped. */
function joinChunks(rest: Uint8Array): Uint8Array {
  const data = new Uint8Array(rest.length)
  let length = 0
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf(10, at)
    const size = lineEnd < 0 ? undefined : readChunkSize(rest.subarray(at, Math.min(lineEnd, at + 1024)))
    if (size === undefined) throw unreadableRequest('its chunked body is cut off or not chunked.')
    if (size === 0) return data.subarray(0, length)
    const chunk = rest.subarray(lineEnd + 1, lineEnd + 1 + size)
    if (chunk.length < size) throw unreadableRequest('a chunk of its body is shorter than its size says.')
    data.set(chunk, length)
    length += size
    at = lineEnd + 1 + size
    if (rest[at] === 13) at += 1
    if (rest[at] === 10) at += 1
  }
}

function readChunkSize(line: Uint8Array): number | undefined {
  const [, hex] = /^([\da-f]{1,8})[ \t]*(?:;.*)?\r?$/i.exec(String.fromCharCode(...line)) ?? []
  return hex === undefined ? undefined : Number.parseInt(hex, 16)
}

const httpVersion = /[ \t]HTTP\/\d(?:\.\d)?[ \t]*$/

/** Whether the first line of a text that is not empty is a request line; the version may be left out. */
function hasRequestLine(text: string): boolean {
  const [line = ''] = text.replace(/^(?:#.*|[\r\n])+/, '').split(/\r?\n/, 1)
  // `curl -v` begins each of its lines with one of these.
  if (/^[*<>] /.test(line)) return false
  if (/^\S+[ \t]+\S/.test(line) && httpVersion.test(line)) return true
  return /^[A-Z]{3,10}[ \t]+(?:\/|https?:\/\/)\S*[ \t]*$/.test(line)
}

/** Whether a text is what `curl -v` prints: the head of the request after `> `. */
export function isCurlTrace(text: string): boolean {
  return !hasRequestLine(text) && text.split(/\r?\n/).some(isTracedRequestLine)
}

/** The request line in what `curl -v` prints, but not that for a proxy's tunnel. */
export function isTracedRequestLine(line: string): boolean {
  return /^> (?!CONNECT )\S+[ \t]+\S/.test(line) && httpVersion.test(line)
}

/** The first request in what `curl -v` prints. It shows heads only. */
function curlTraceToRequest(text: string): string {
  const lines = text.split(/\r?\n/)
  const first = lines.findIndex(isTracedRequestLine)
  const traced = lines.slice(first).filter((line) => /^>(?: |$)/.test(line))
  const end = traced.findIndex((line) => line.trim() === '>')
  const head = end < 0 ? traced : traced.slice(0, end)
  const shown = head.map((line) => line.slice(2)).filter((line) => !bodyHeader.test(line))
  return `${shown.join('\r\n')}\r\n\r\n`
}

const bodyHeader = /^(?:content-length|transfer-encoding):/i

/** The length of the body that was sent with the first request in what `curl -v` prints, which does not show it. */
export function hiddenBodyLength(text: string): number {
  const lines = text.split(/\r?\n/)
  const first = lines.findIndex(isTracedRequestLine)
  const end = lines.findIndex((line, index) => index > first && line.trim() === '>')
  const head = lines.slice(first, end < 0 ? undefined : end)
  const [, length = '0'] =
    head.map((line) => /^> content-length: *(\d{1,7})$/i.exec(line)).find(Boolean) ?? []
  return Math.min(Number(length), largestHidden)
}

const largestHidden = 1_048_576

/** The error for input that cannot be read. The problem gives positions and sizes, never contents. */
export function unreadable(problem: string, hint: string): VerificationError {
  return new VerificationError('TOKEN_MALFORMED', problem, { hint })
}

/** The error for an HTTP request that cannot be read. */
function unreadableRequest(problem: string, hint?: string): VerificationError {
  return unreadable(
    `The HTTP request cannot be read: ${problem}`,
    hint ?? 'Pass it as it goes over the wire: the request line, header lines, an empty line, the body.',
  )
}
