import type { IncomingMessage } from 'node:http'
import { ControlRefusal } from './control-refusal.ts'
import type { ReadBody } from './control-schemas.ts'

/** A public key, or a fault with a body, is far smaller. */
const maxBytes = 65_536

/**
 * Reads and checks the JSON of a control request.
 *
 * @throws {ControlRefusal} for another content type, for too much, for what is no JSON or not as it should be.
 */
export async function readControlBody<Value>(
  incoming: IncomingMessage,
  read: ReadBody<Value>,
): Promise<Value> {
  const [type = ''] = (incoming.headers['content-type'] ?? '').split(';')
  // A page of another origin cannot send this type without asking first, and it is not answered.
  if (type.trim().toLowerCase() !== 'application/json')
    throw new ControlRefusal(415, 'CONTENT_TYPE_REFUSED', 'send JSON, with content-type: application/json.')
  const result = read(parse(await readBytes(incoming)))
  if ('problem' in result) throw new ControlRefusal(400, 'BODY_INVALID', `${result.problem}.`)
  return result.value
}

async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The answer goes out on the same connection, which would be broken with the stream.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    chunks.push(chunk)
    if (size > maxBytes) {
      incoming.resume()
      throw new ControlRefusal(413, 'BODY_TOO_LARGE', `the body is over ${maxBytes} bytes: send less.`)
    }
  }
  return Buffer.concat(chunks)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw new ControlRefusal(400, 'BODY_MALFORMED', 'the body is no JSON.')
  }
}
