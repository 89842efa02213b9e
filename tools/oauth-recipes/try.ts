import { deepStrictEqual } from 'node:assert'
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from '@countersign/core'
import { createOAuth } from '@countersign/oauth'
import { createAppAuth } from '@octokit/auth-app'
import { request } from '@octokit/request'
import { JWT } from 'google-auth-library'
import { auth0Application } from './auth0-application.ts'
import { gitHubApp } from './github-app.ts'
import { googleServiceAccount } from './google-service-account.ts'
import { oktaServiceApp } from './okta-service-app.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** What came in at a token endpoint. */
interface TokenCall {
  target: string
  form: Record<string, string>
  headers: IncomingHttpHeaders
}

const calls: TokenCall[] = []

/** Each vendor's documented response. */
const server = createServer(async (incoming, outgoing) => {
  const body = Buffer.concat(await incoming.toArray()).toString()
  const { url: target = '', headers } = incoming
  calls.push({ target, headers, form: Object.fromEntries(new URLSearchParams(body)) })
  outgoing.setHeader('content-type', 'application/json')
  if (!target.startsWith('/app/')) {
    outgoing.end('{"access_token":"a-token","token_type":"Bearer","expires_in":3600}')
    return
  }
  outgoing.statusCode = 201
  const expires_at = new Date(Date.now() + 3_600_000).toISOString()
  outgoing.end(
    JSON.stringify({ token: 'github-token', expires_at, permissions: {}, repository_selection: 'all' }),
  )
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const local = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** Takes every documented address to the local server. */
const routed: typeof fetch = (input, init) => {
  const { href, pathname, search } = new URL(input instanceof Request ? input.url : String(input))
  if (!href.startsWith('https://')) throw new Error(`${href} is not the address of the service.`)
  return fetch(`${local}${pathname}${search}`, init)
}

/** The claims but the times, the life, and which header members there are besides `typ`. */
function shown(assertion: string) {
  const { header, claims } = decodeJwt(assertion)
  const { iat = 0, exp = 0, ...others } = claims
  const { typ: _typ, ...rest } = header
  return { header: rest, claims: others, lifeSeconds: exp - iat }
}

/** What one client sent. */
function lastCall() {
  const { target, form, headers } = calls.at(-1) ?? { target: '', form: {}, headers: {} }
  const { client_assertion = '', assertion = client_assertion, ...fields } = form
  const proof = assertion === '' ? (headers.authorization?.split(' ')[1] ?? '') : assertion
  return { target, fields, ...shown(proof) }
}

/** The vendor's client must succeed first; then both must have sent the same. */
async function compare(
  name: string,
  vendor: () => Promise<string>,
  own: () => Promise<string>,
): Promise<void> {
  const theirToken = await vendor()
  const theirs = lastCall()
  const ourToken = await own()
  deepStrictEqual(ourToken, theirToken)
  deepStrictEqual(lastCall(), theirs)
  console.log(`${name}: sends what the vendor's client sends`)
}

const tokenOf = async (options: Parameters<typeof createOAuth>[0]) =>
  (await createOAuth({ ...options, fetch: routed }).token()).value.reveal()

for (const subject of [undefined, 'user@example.com']) {
  const account = { client_email: 'robot@example.iam.gserviceaccount.com', private_key: privateKey }
  const scope = 'https://www.googleapis.com/auth/devstorage.read_only'
  await compare(
    `Google service account${subject === undefined ? '' : ' for a user'}`,
    async () => {
      const client = new JWT({
        email: account.client_email,
        key: privateKey,
        scopes: [scope],
        ...(subject === undefined ? {} : { subject }),
        transporterOptions: { fetchImplementation: routed },
      })
      return (await client.authorize()).access_token ?? ''
    },
    () => tokenOf(googleServiceAccount(account, subject === undefined ? { scope } : { scope, subject })),
  )
}

await compare(
  'GitHub App',
  async () => {
    const auth = createAppAuth({
      appId: 'Iv1.example',
      privateKey,
      installationId: 7,
      request: request.defaults({ request: { fetch: routed } }),
    })
    return (await auth({ type: 'installation' })).token
  },
  () => tokenOf(gitHubApp({ clientId: 'Iv1.example', installationId: 7, privateKey })),
)
/** Where the vendor has no client of its own: what is sent must be what the documentation lists. */
async function expectSent(
  name: string,
  options: Parameters<typeof createOAuth>[0],
  documented: object,
): Promise<void> {
  await tokenOf(options)
  const { claims, ...others } = lastCall()
  const { jti, ...named } = claims
  deepStrictEqual({ ...others, claims: named, jti: typeof jti }, { ...documented, jti: 'string' })
  console.log(`${name}: sends what the documentation lists`)
}

const form = {
  grant_type: 'client_credentials',
  client_id: 'client-1',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
}
const common = { clientId: 'client-1', privateKey }
await expectSent(
  'Okta service app',
  oktaServiceApp({ ...common, domain: 'example.okta.com', keyId: 'key-1', scope: 'okta.users.read' }),
  {
    target: '/oauth2/v1/token',
    fields: { ...form, scope: 'okta.users.read' },
    header: { alg: 'RS256', kid: 'key-1' },
    claims: { iss: 'client-1', sub: 'client-1', aud: 'https://example.okta.com/oauth2/v1/token' },
    lifeSeconds: 300,
  },
)
await expectSent(
  'Auth0 application',
  auth0Application({
    ...common,
    domain: 'example.eu.auth0.com',
    api: 'https://orders.example.com',
    baseUrl: 'https://orders.example.com/v1',
  }),
  {
    target: '/oauth/token',
    fields: { ...form, audience: 'https://orders.example.com' },
    header: { alg: 'RS256' },
    claims: { iss: 'client-1', sub: 'client-1', aud: 'https://example.eu.auth0.com/' },
    lifeSeconds: 60,
  },
)
server.close()
server.closeAllConnections()
