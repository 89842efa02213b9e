import type { CapturedRequest } from '../provider/rule.ts'
import { curlTraceToRequest, hasRequestLine, isCurlTrace } from './curl-trace.ts'
import { readHeaderLines } from './header-lines.ts'
import { readRawBody } from './raw-body.ts'
import { unreadableRequest } from './unreadable.ts'

const largestHead = 65_536
const hash = 0x23
const largest = 67_108_864

/** Whether a text is meant as a whole HTTP request, or as what `curl -v` says of one. */
export function isRawRequest(input: string | Uint8Array): boolean {
  const head = toHeadText(toBytes(input).subarray(0, largestHead))
  return hasRequestLine(head) || isCurlTrace(head)
}

/**
 * Reads a whole HTTP/1.1 request: the request line with a path or a whole address, header lines, an empty line
 * and the body; lines end in CRLF or LF, and lines of an HTTP file that begin with `#` may stand before it all. The body is taken byte for byte, cut off at `Content-Length`, or put
 * together from its chunks. What `curl -v` prints is read too.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`, saying which part cannot be read.
 */
export function parseRawRequest(input: string | Uint8Array): CapturedRequest {
  const given = toBytes(input)
  if (given.length > largest) throw unreadableRequest('it is larger than 64 MiB.')
  const sniffed = toHeadText(given.subarray(0, largestHead))
  const bytes =
    !hasRequestLine(sniffed) && isCurlTrace(sniffed)
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

function toBytes(input: string | Uint8Array): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input
}

/** One character for one byte, as headers are read. */
function toHeadText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text.replace(/^\u00ef\u00bb\u00bf/, '')
}

/** A byte order mark, empty lines and the `#` remarks of an HTTP file may stand before the first line. */
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

/** Where the head ends, and where the body behind the empty line begins. */
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
