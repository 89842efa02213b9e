import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { decodeJwt } from '@countersign/core'
import jwt from 'jsonwebtoken'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** The key that every client signs with. */
export const { privateKey } = keys

/** A certificate of the key for a host name, made with openssl. */
export function createCertificate(host: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-recipes-'))
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'certificate.pem')
  try {
    writeFileSync(key, privateKey, { mode: 0o600 })
    const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    execFileSync('openssl', [
      'req',
      '-x509',
      '-new',
      '-key',
      key,
      '-days',
      '1',
      '-out',
      certificate,
      ...names,
    ])
    return readFileSync(certificate, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A call of a token endpoint: what was sent, with the assertion taken apart. */
export interface TokenCall {
  /** The path. */
  target: string
  query: Record<string, string>
  /** The fields of the form without the assertion. */
  fields: Record<string, string>
  header: Record<string, unknown>
  /** The claims. Times are seconds after `iat`; a `jti` is shown by its type. */
  claims: Record<string, unknown>
}

interface Answer {
  status: number
  body: object
}

const bearer = { access_token: 'a-token', token_type: 'Bearer' }
const bearerForAnHour = { ...bearer, expires_in: 3600 }

/** Each vendor's documented response, by the path of its token endpoint; everything else answers with an id. */
function answer({ pathname: target }: URL, local: string): Answer {
  if (target === '/services/oauth2/token') {
    const id = 'https://login.salesforce.com/id/00Dxx0000001gERAAY/005xx000001SwiUAAS'
    return { status: 200, body: { ...bearer, scope: 'api', instance_url: local, id } }
  }
  if (target.startsWith('/app/installations/')) {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '')
    return {
      status: 201,
      body: { token: 'a-token', expires_at, permissions: {}, repository_selection: 'all' },
    }
  }
  const isToken = target.endsWith('/token')
  return { status: 200, body: isToken ? bearerForAnHour : { id: '1', type: 'user' } }
}

/** The assertion of a token request: in the form, or in the header of a request without a body. */
function assertionOf(form: Record<string, string>, { authorization = '' }: IncomingHttpHeaders): string {
  return form['assertion'] ?? form['client_assertion'] ?? authorization.replace(/^bearer /i, '')
}

function toTokenCall(
  { pathname, searchParams }: URL,
  form: Record<string, string>,
  assertion: string,
): TokenCall {
  const { assertion: _grant, client_assertion: _proof, ...fields } = form
  const query = Object.fromEntries(searchParams)
  const { header, claims } = decodeJwt(assertion)
  const { iat = 0 } = claims
  const shown = Object.entries(claims).map(([name, value]) => {
    if (name === 'jti') return [name, typeof value]
    return [name, name === 'iat' || name === 'nbf' || name === 'exp' ? Number(value) - iat : value]
  })
  return { target: pathname, query, fields, header: { ...header }, claims: Object.fromEntries(shown) }
}

export type LocalServer = Awaited<ReturnType<typeof startLocalServer>>

/**
 * A server on loopback that answers as the vendors document it, to assertions whose signature and times hold.
 * It is also a proxy for clients that speak https with a fixed host.
 */
export async function startLocalServer(host: string) {
  const tokenCalls: TokenCall[] = []
  const others: { target: string; authorization: string | undefined }[] = []
  const listener: RequestListener = async (incoming, outgoing) => {
    const { headers, method } = incoming
    const address = new URL(incoming.url ?? '', url)
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(await incoming.toArray()).toString()))
    const { status, body } = method === 'POST' ? exchange(address, form, headers) : answer(address, url)
    if (method !== 'POST') others.push({ target: address.pathname, authorization: headers.authorization })
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  function exchange(address: URL, form: Record<string, string>, headers: IncomingHttpHeaders): Answer {
    const assertion = assertionOf(form, headers)
    try {
      jwt.verify(assertion, keys.publicKey, { algorithms: ['RS256', 'PS256'] })
    } catch (error) {
      return { status: 400, body: { error: 'invalid_grant', error_description: String(error) } }
    }
    tokenCalls.push(toTokenCall(address, form, assertion))
    return answer(address, url)
  }
  const server = createServer(listener)
  const cert = createCertificate(host)
  const secure = createTlsServer({ key: privateKey, cert }, listener)
  setDefaultCACertificates([...getCACertificates('default'), cert])
  server.on('connect', ({ url: authority }, socket) => {
    if (authority !== `${host}:443`) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    secure.emit('connection', socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    /** The call of a token endpoint that came in last. */
    lastTokenCall: () => tokenCalls.at(-1),
    /** The other call that came in last. */
    lastCall: () => others.at(-1),
    /** Takes every documented address to this server. */
    routed: ((input, init) => {
      const { origin, pathname, search, protocol } = new URL(input instanceof Request ? input.url : input)
      if (origin !== url && protocol !== 'https:') throw new Error(`${origin} is not an address of a vendor.`)
      return fetch(`${url}${pathname}${search}`, init)
    }) satisfies typeof fetch as typeof fetch,
    async [Symbol.asyncDispose]() {
      secure.closeAllConnections()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
