import type { IncomingMessage } from 'node:http'
import type { Refusal } from './refusal.ts'
import { isSecret, type SharedSecret, secretHeader } from './shared-secret.ts'

/** Who may come through. */
export interface Gate {
  /** Absent where the file mode of a socket keeps others out. */
  secret?: SharedSecret | undefined
  /** Whether it is a port, which browsers reach; a socket they do not. */
  port: boolean
}

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/** Why a request is turned away before anything of it is looked at; `undefined` lets it through. */
export function checkCaller({ headers }: IncomingMessage, { secret, port }: Gate): Refusal | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers
  // A name that was rebound to loopback still stands in Host.
  if (port && !loopbackHost.test(host))
    return refuse(403, 'HOST_REFUSED', 'Host must be 127.0.0.1, localhost or [::1].')
  if (origin !== undefined || (site !== undefined && site !== 'none'))
    return refuse(403, 'BROWSER_REFUSED', 'pages in a browser may not use this proxy.')
  if (secret === undefined) return undefined
  const shown = headers[secretHeader.toLowerCase()]
  if (isSecret(typeof shown === 'string' ? shown : undefined, secret)) return undefined
  return refuse(401, 'SECRET_WRONG', `${secretHeader} is missing or wrong.`)
}

/** Why a request cannot be passed on as it is; `undefined` when it can. */
export function checkRequest({ method = '', url = '', headers }: IncomingMessage): Refusal | undefined {
  if (!url.startsWith('/'))
    return refuse(400, 'TARGET_REFUSED', 'the request target must be a path: this is no forward proxy.')
  if (method === 'CONNECT' || method === 'TRACE') return refuse(400, 'METHOD_REFUSED', `no ${method} here.`)
  if ((method === 'GET' || method === 'HEAD') && hasBody(headers))
    return refuse(400, 'BODY_REFUSED', `a ${method} with a body is not passed on.`)
  // Node's fetch would drop the header and send a plain GET; every other Upgrade may be ignored (RFC 9110).
  if (/(?:^|,)\s*websocket\s*(?:,|$)/i.test(headers.upgrade ?? ''))
    return refuse(
      501,
      'UPGRADE_REFUSED',
      'WebSocket connections are not forwarded: connect to the provider itself.',
    )
  // What is signed is what is sent, and both are what was asked for, byte for byte.
  const sent = URL.canParse(`http://localhost${url}`) ? new URL(`http://localhost${url}`) : undefined
  if (sent === undefined || `${sent.pathname}${sent.search}` !== url)
    return refuse(400, 'TARGET_REFUSED', 'path and query would change on the way: percent-encode them.')
  return undefined
}

/** Whether a body follows. */
export function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function refuse(status: number, code: string, message: string): Refusal {
  return { status, code, message }
}
