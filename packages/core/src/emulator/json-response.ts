/**
 * A response in JSON.
 *
 * @example
 * ```ts
 * import { jsonResponse } from '@countersign/core/emulator'
 *
 * const response = jsonResponse(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer' })
 * ```
 */
export function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}
