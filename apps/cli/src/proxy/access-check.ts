import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import { describeUnreadable } from '../files.ts'
import { type Io, readStdin } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { findVariable, readVariable, toText } from '../variables.ts'
import { type HostCheck, isAllowedHost } from './host-check.ts'
import type { Refusal } from './refusal.ts'
import type { Rereadable } from './reload.ts'

/** Who may come through. */
export interface Gate {
  /** Absent where the file mode of a socket keeps others out. */
  secret?: SharedSecret | undefined
  /** What `Host` may say; absent for a socket, which browsers do not reach. */
  hosts: HostCheck | undefined
}

/** Why a request is turned away before anything of it is looked at; `undefined` lets it through. */
export function checkCaller(
  { headers, headersDistinct }: IncomingMessage,
  { secret, hosts }: Gate,
): Refusal | undefined {
  // RFC 9112, section 3.2. Node reads the first of several; a server in front of this one may have read another.
  if ((headersDistinct['host']?.length ?? 0) > 1)
    return refuse(400, 'HOST_REFUSED', 'Host must be sent once.')
  const { host = '', origin, 'sec-fetch-site': site } = headers
  // Host still holds a name that was made to point at this computer.
  if (hosts !== undefined && !isAllowedHost(host, hosts))
    return refuse(403, 'HOST_REFUSED', `Host must be ${hosts.description}.`)
  if (origin !== undefined || (site !== undefined && site !== 'none'))
    return refuse(403, 'BROWSER_REFUSED', 'Pages in a browser may not use this proxy.')
  if (secret === undefined || isSecret(shownSecret(headers), secret)) return undefined
  return {
    ...refuse(
      401,
      'SECRET_WRONG',
      `The secret of the proxy is missing or wrong. Send it as ${secretHeader}, as Authorization: Bearer, or as the password of Authorization: Basic.`,
    ),
    headers: { 'www-authenticate': 'Bearer realm="countersign", Basic realm="countersign", charset="UTF-8"' },
  }
}

/**
 * The secret that a request shows: in its own header, or else in `Authorization`, for clients in which only a key
 * and a base URL can be set. Neither header goes on to the provider.
 */
function shownSecret(headers: IncomingMessage['headers']): string | undefined {
  const own = headers[secretHeader.toLowerCase()]
  if (own !== undefined) return typeof own === 'string' ? own : undefined
  const [, scheme = '', credentials = ''] =
    /^(bearer|basic) +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  if (scheme.toLowerCase() !== 'basic') return credentials
  // RFC 7617, section 2: a user name has no colon, a password may have some.
  const [, password] = Buffer.from(credentials, 'base64').toString().split(/:(.*)/s)
  return password
}

/** Why a request cannot be passed on as it is; `undefined` when it can. */
export function checkRequest({ method = '', url = '', headers }: IncomingMessage): Refusal | undefined {
  // RFC 9112, section 6.1: nobody but the receiver can take a transfer coding off the body.
  const coding = headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked'
  if (coding !== 'chunked')
    return refuse(
      501,
      'CODING_REFUSED',
      'Transfer-Encoding must be chunked. Name a coding of the content in Content-Encoding.',
    )
  if (!url.startsWith('/'))
    return refuse(400, 'TARGET_REFUSED', 'The request target must be a path: this is not a forward proxy.')
  if (method === 'CONNECT' || method === 'TRACE')
    return refuse(400, 'METHOD_REFUSED', `${method} is not supported.`)
  if ((method === 'GET' || method === 'HEAD') && hasBody(headers))
    return refuse(400, 'BODY_REFUSED', `A ${method} with a body is not forwarded.`)
  // Node's fetch would drop the header and send a plain GET; every other Upgrade may be ignored (RFC 9110).
  if (/(?:^|,)\s*websocket\s*(?:,|$)/i.test(headers.upgrade ?? ''))
    return {
      ...refuse(
        501,
        'UPGRADE_REFUSED',
        'WebSocket connections are not forwarded: connect to the provider itself.',
      ),
      // What may follow on this connection is not HTTP.
      headers: { connection: 'close' },
    }
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
export const secretVariable = 'COUNTERSIGN_PROXY_SECRET'

/** What callers must show. */
export interface SharedSecret {
  value: string
  /** Whether it was made up for this run, so that nobody knows it yet. */
  made: boolean
}

/** How the secret is found. */
export interface SecretOptions {
  /** The file of the flag; `-` is stdin. */
  file: string | undefined
  /** Whether one is made where none is given. */
  needed: boolean
}

/**
 * The secret from a file (`-` is stdin), the variable, or the file that the variable's twin names; generated when
 * none is given and one is needed.
 *
 * @throws {UsageError} for a file that cannot be read, or a text that no header carries or that is short.
 */
export async function readSharedSecret(
  { file, needed }: SecretOptions,
  io: Io,
): Promise<SharedSecret | undefined> {
  const found = await readSecret(file, io)
  if (found !== undefined) return { value: found, made: false }
  return needed ? createSecret() : undefined
}

/** A secret that nobody knows yet. */
export function createSecret(): SharedSecret {
  return { value: randomBytes(32).toString('base64url'), made: true }
}

/**
 * The secret, read again when its file changes; a text that cannot be used changes nothing. `undefined` when it is
 * in no file.
 */
export function followSecret(secret: SharedSecret, file: string | undefined, io: Io): Rereadable | undefined {
  const twin = file === undefined && findVariable(secretVariable, io) === secretVariableFile
  const path = twin ? io.env[secretVariableFile] : file
  if (path === undefined || (path === '-' && !twin)) return undefined
  return {
    files: () => [resolve(path)],
    async reload() {
      try {
        const value = await readSecret(file, io)
        if (value === undefined || value === secret.value) return { outcome: 'unchanged' }
        secret.value = value
        return { outcome: 'replaced' }
      } catch (error) {
        return { outcome: 'kept', error }
      }
    },
  }
}

const secretVariableFile = `${secretVariable}_FILE`

/** Compares in constant time. */
function isSecret(shown: string | undefined, { value }: SharedSecret): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown ?? ''), digest(value))
}

async function readSecret(file: string | undefined, io: Io): Promise<string | undefined> {
  if (file !== undefined) return check(await readSecretFile(file, io), '--secret-file')
  const variable = await readVariable(secretVariable, io)
  return variable === undefined ? undefined : check(toText(variable), variable.name)
}

async function readSecretFile(file: string, io: Io): Promise<string> {
  if (file === '-') return Buffer.from(await readStdin(io)).toString()
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(describeUnreadable(file, code, '--secret-file'))
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
