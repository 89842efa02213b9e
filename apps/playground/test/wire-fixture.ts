import { toWireRequest, type WireRequest } from '../src/model/wire.ts'

/** A POST with a body of a media type. */
export function toRequest(type: string, body: string): Promise<WireRequest> {
  return toWireRequest('https://api.example.com/token', {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  })
}
