import type { RecordedRequest } from './recording-server.ts'

/**
 * A recorded request as the text of HTTP/1.1, body byte for byte: what `explain` reads.
 *
 * @example
 * ```ts
 * import { startRecordingServer, toRawHttp } from '@countersign/testing'
 *
 * await using server = await startRecordingServer()
 * await fetch(server.url, { method: 'POST', body: 'hello' })
 * const raw = toRawHttp(server.requests[0], 'api.acme.example')
 * ```
 *
 * @param host Replaces the server's own host.
 * @throws {Error} when there is no request.
 */
export function toRawHttp(request: RecordedRequest | undefined, host?: string): Buffer<ArrayBuffer> {
  if (request === undefined) throw new Error('No request was recorded.')
  const { method, target, headers, body } = request
  const lines = headers
    .filter(([name]) => !/^(transfer-encoding|content-length)$/i.test(name))
    .map(([name, value]) => `${name}: ${name.toLowerCase() === 'host' ? (host ?? value) : value}`)
  const length = body.length === 0 ? [] : [`content-length: ${body.length}`]
  const head = [`${method} ${target} HTTP/1.1`, ...lines, ...length, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}
