import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import { type Io, readStdin } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import type { Refusal } from './refusal.ts'
import type { Reloadable } from './reloadable.ts'

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
  // Host still holds a name that was rebound to loopback.
  if (port && !loopbackHost.test(host))
    return refuse(403, 'HOST_REFUSED', 'Host must be 127.0.0.1, localhost or [::1].')
  if (origin !== undefined || (site !== undefined && site !== 'none'))
    return refuse(403, 'BROWSER_REFUSED', 'Pages in a browser may not use this proxy.')
  if (secret === undefined) return undefined
  const shown = headers[secretHeader.toLowerCase()]
  if (isSecret(typeof shown === 'string' ? shown : undefined, secret)) return undefined
  return refuse(401, 'SECRET_WRONG', `${secretHeader} is missing or wrong.`)
}

/** Why a request cannot be passed on as it is; `undefined` when it can. */
export function checkRequest({ method = '', url = '', headers }: IncomingMessage): Refusal | undefined {
  if (!url.startsWith('/'))
    return refuse(400, 'TARGET_REFUSED', 'The request target must be a path: this is not a forward proxy.')
  if (method === 'CONNECT' || method === 'TRACE')
    return refuse(400, 'METHOD_REFUSED', `${method} is not supported.`)
  if ((method === 'GET' || method === 'HEAD') && hasBody(headers))
    return refuse(400, 'BODY_REFUSED', `A ${method} with a body is not forwarded.`)
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
    return refuse(400, 'TARGET_REFUSED', 'Path and query would change on the way. Percent-encode them.')
  return undefined
}

/** Whether a body follows. */
export function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function refuse(status: number, code: string, message: string): Refusal {
  return { status, code, message }
}

/** The header in which callers show the secret. */
export const secretHeader = 'X-Countersign-Secret'

/** The variable that holds it. */
const secretVariable = 'COUNTERSIGN_PROXY_SECRET'

/** What callers must show. */
export interface SharedSecret {
  value: string
  /** Whether it was made up for this run, so that nobody knows it yet. */
  made: boolean
}

/**
 * The secret out of a file (`-` is stdin) or the variable; made up when neither is given and one is needed.
 *
 * @throws {UsageError} for a file that cannot be read, or a text that no header carries or that is short.
 */
export async function readSharedSecret(
  file: string | undefined,
  needed: boolean,
  io: Io,
): Promise<SharedSecret | undefined> {
  const variable = io.env[secretVariable]
  if (file !== undefined)
    return { value: check(await readSecretFile(file, io), '--secret-file'), made: false }
  if (variable !== undefined && variable !== '')
    return { value: check(variable, secretVariable), made: false }
  return needed ? { value: randomBytes(32).toString('base64url'), made: true } : undefined
}

/** The secret of a file, read again when the file changes; a text that cannot be used changes nothing. */
export function followSecret(
  secret: SharedSecret,
  file: string,
  io: Io,
): Pick<Reloadable, 'files' | 'reload'> {
  return {
    files: () => [resolve(file)],
    async reload() {
      try {
        const value = check(await readSecretFile(file, io), '--secret-file')
        if (value === secret.value) return { outcome: 'unchanged' }
        secret.value = value
        return { outcome: 'replaced' }
      } catch (error) {
        return { outcome: 'kept', error }
      }
    },
  }
}

/** Compares in constant time. */
function isSecret(shown: string | undefined, { value }: SharedSecret): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown ?? ''), digest(value))
}

async function readSecretFile(file: string, io: Io): Promise<string> {
  if (file === '-') return Buffer.from(await readStdin(io)).toString()
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`The file of --secret-file cannot be read (${code}).`)
  }
}

function check(text: string, origin: string): string {
  const secret = text.trim()
  if (/^[\x21-\x7e]{16,1024}$/.test(secret)) return secret
  throw new UsageError(
    `The secret of ${origin} must be 16 to 1024 visible ASCII characters, without spaces. ` +
      'Create one with: openssl rand -base64 32',
  )
}
