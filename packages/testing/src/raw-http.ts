import type { RecordedRequest } from './recording-server.ts'

/** A recorded request as text would hold it, body byte for byte; `host` takes the place of the server's own. */
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
