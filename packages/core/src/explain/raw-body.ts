import { unreadableRequest } from './unreadable.ts'

/** The body among the bytes behind the head (RFC 9112, section 6). */
export function readRawBody(headers: Headers, rest: Uint8Array): Uint8Array {
  const coding = headers.get('transfer-encoding')?.trim().toLowerCase()
  if (coding !== undefined && coding !== 'identity') {
    if (coding !== 'chunked')
      throw unreadableRequest('its Transfer-Encoding is something other than chunked.')
    return joinChunks(rest)
  }
  const length = readContentLength(headers)
  // A line end behind the head comes from the file or the clipboard.
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

/** The data of a chunked body (RFC 9112, section 7.1); extensions and trailers are passed over. */
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
