import { deepStrictEqual } from 'node:assert'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createRequire } from 'node:module'
import { mock } from 'node:test'
import { ConfidentialClientApplication } from '@azure/msal-node'
import { importEncryptedKey } from '@countersign/core/node'
import { createOAuth } from '@countersign/oauth'
import { createAppAuth } from '@octokit/auth-app'
import { request } from '@octokit/request'
import { Client as OktaClient, RequestExecutor } from '@okta/okta-sdk-nodejs'
import { ManagementClient } from 'auth0'
import { BoxClient } from 'box-node-sdk'
import { BoxJwtAuth, JwtConfig } from 'box-node-sdk/box'
import { JWT } from 'google-auth-library'
import { Connection } from 'jsforce'
import jwt from 'jsonwebtoken'
import { auth0Application } from './auth0-application.ts'
import { boxApp } from './box-app.ts'
import { docusignApp } from './docusign-app.ts'
import { entraApp } from './entra-app.ts'
import { gitHubApp } from './github-app.ts'
import { googleServiceAccount } from './google-service-account.ts'
import { oktaServiceApp } from './okta-service-app.ts'
import { createComparison } from './proof/comparison.ts'
import { createCertificate, privateKey, startLocalServer } from './proof/local-server.ts'
import { salesforceApp } from './salesforce-app.ts'

/** The one client that has a fixed host and no `fetch` to replace is Docusign's; it has a proxy option. */
const docusignHost = 'account-d.docusign.com'
await using server = await startLocalServer(docusignHost)
const { routed } = server
const { compare } = createComparison(server)

// Several clients read the clock twice for one assertion, and one rounds it.
mock.timers.enable({ apis: ['Date'], now: Math.floor(Date.now() / 1000) * 1000 })

for (const subject of [undefined, 'user@example.com']) {
  const account = { client_email: 'robot@example.iam.gserviceaccount.com', private_key: privateKey }
  const scope = 'https://www.googleapis.com/auth/devstorage.read_only'
  const asUser = subject === undefined ? {} : { subject }
  await compare(
    {
      name: `Google service account${subject === undefined ? '' : ' for a user'}`,
      options: googleServiceAccount(account, { scope, ...asUser }),
      endpoint: 'https://oauth2.googleapis.com/token',
    },
    async () => {
      const transporterOptions = { fetchImplementation: routed }
      const options = { email: account.client_email, key: privateKey, scopes: [scope], transporterOptions }
      return (await new JWT({ ...options, ...asUser }).authorize()).access_token
    },
    // The documentation has it; the client leaves it out.
    { header: { typ: 'JWT' } },
  )
}

await compare(
  {
    name: 'GitHub App',
    options: gitHubApp({ clientId: 'Iv1.example', installationId: 7, privateKey }),
    endpoint: 'https://api.github.com/app/installations/7/access_tokens',
  },
  async () => {
    const auth = createAppAuth({
      appId: 'Iv1.example',
      privateKey,
      installationId: 7,
      request: request.defaults({ request: { fetch: routed } }),
    })
    return (await auth({ type: 'installation' })).token
  },
)

const salesforce = {
  clientId: 'example-consumer-key',
  username: 'integration@example.com',
  privateKey,
  apiVersion: 'v66.0',
}
await compare(
  {
    name: 'Salesforce app',
    options: salesforceApp(salesforce),
    endpoint: 'https://login.salesforce.com/services/oauth2/token',
  },
  async () => {
    // The client sends an assertion that the caller has signed, as Salesforce's own command does.
    const { clientId: iss, username: sub } = salesforce
    const exp = Math.floor(Date.now() / 1000) + 120
    const claims = { iss, sub, aud: 'https://login.salesforce.com', exp }
    const assertion = jwt.sign(claims, privateKey, { algorithm: 'RS256' })
    const connection = new Connection({ oauth2: { loginUrl: server.url } })
    await connection.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    deepStrictEqual(connection.instanceUrl, server.url)
    return connection.accessToken
  },
)
{
  // The API is where the response says, which is here and not at login.salesforce.com.
  const addresses: string[] = []
  const recorded: typeof fetch = (input, init) => {
    addresses.push(String(input))
    return routed(input, init)
  }
  await createOAuth({ ...salesforceApp(salesforce), fetch: recorded }).api.get('limits')
  deepStrictEqual(addresses, [
    'https://login.salesforce.com/services/oauth2/token',
    `${server.url}/services/data/v66.0/limits`,
  ])
  deepStrictEqual(server.lastCall(), {
    target: '/services/data/v66.0/limits',
    authorization: 'Bearer a-token',
  })
  console.log('Salesforce app: calls the API at the instance of the response')
}

/** The part of the client that is used; it has no types. */
interface DocusignClient {
  setOAuthBasePath(host: string): void
  requestJWTUserToken(
    clientId: string,
    userId: string,
    scopes: readonly string[],
    key: string,
    lifetimeSeconds: number,
  ): Promise<{ body: { access_token: string } }>
}
const { ApiClient } = createRequire(import.meta.url)('docusign-esign') as {
  ApiClient: new (options: { basePath: string; proxy: string }) => DocusignClient
}
await compare(
  {
    name: 'Docusign app',
    options: docusignApp({
      clientId: 'example-key',
      userId: 'example-user',
      privateKey,
      authServer: docusignHost,
      baseUrl: 'https://demo.docusign.net/restapi/v2.1/accounts/1',
    }),
    endpoint: 'https://account-d.docusign.com/oauth/token',
  },
  async () => {
    const client = new ApiClient({ basePath: 'https://demo.docusign.net/restapi', proxy: server.url })
    client.setOAuthBasePath(docusignHost)
    const scopes = ['signature', 'impersonation']
    const { body } = await client.requestJWTUserToken('example-key', 'example-user', scopes, privateKey, 300)
    return body.access_token
  },
)

const passphrase = 'correct horse battery staple'
const encryptedKey = createPrivateKey(privateKey)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
  .toString()
for (const userId of [undefined, '22222']) {
  // The file that Box's console creates.
  const config = {
    boxAppSettings: {
      clientID: 'example-client',
      clientSecret: 'example-secret',
      appAuth: { publicKeyID: 'example1', privateKey: encryptedKey, passphrase },
    },
    enterpriseID: '11111',
  }
  const asUser = userId === undefined ? {} : { userId }
  const { appAuth } = config.boxAppSettings
  const key = await importEncryptedKey({ pem: appAuth.privateKey, passphrase: appAuth.passphrase })
  await compare(
    {
      name: `Box app${userId === undefined ? '' : ' for a user'}`,
      options: boxApp(config, { privateKey: key, ...asUser }),
      endpoint: 'https://api.box.com/oauth2/token',
    },
    async () => {
      const service = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(JSON.stringify(config)) })
      const auth = userId === undefined ? service : service.withUserSubject(userId)
      const { url: baseUrl } = server
      const client = new BoxClient({ auth }).withCustomBaseUrls({ baseUrl, uploadUrl: baseUrl })
      await client.users.getUserMe()
      return server.lastCall()?.authorization?.replace('Bearer ', '')
    },
    // The documentation requires `kid` where the app has several keys; the client leaves it out, and `typ`.
    { header: { kid: 'example1', typ: 'JWT' } },
  )
}

const entra = { tenantId: '11111111-2222-3333-4444-555555555555', clientId: 'example-client' }
const certificate = createCertificate('example')
/** What the client says of itself and of the call, which no documentation asks for. */
const telemetry = [
  ...['x-client-SKU', 'x-client-VER', 'x-client-OS', 'x-client-CPU', 'x-ms-lib-capability'],
  ...['x-client-current-telemetry', 'x-client-last-telemetry', 'client-request-id'],
]
await compare(
  {
    name: 'Entra app',
    options: entraApp({ ...entra, privateKey, certificate }),
    endpoint: `https://login.microsoftonline.com/${entra.tenantId}/oauth2/v2.0/token`,
  },
  async () => {
    const send = async (
      url: string,
      method: string,
      options?: { headers?: Record<string, string>; body?: string },
    ) => {
      const response = await routed(url, { ...options, method })
      const headers = Object.fromEntries(response.headers)
      return { headers, status: response.status, body: await response.json() }
    }
    const thumbprintSha256 = new X509Certificate(certificate).fingerprint256.replaceAll(':', '')
    const client = new ConfidentialClientApplication({
      auth: {
        clientId: entra.clientId,
        authority: `https://login.microsoftonline.com/${entra.tenantId}`,
        clientCertificate: { thumbprintSha256, privateKey },
      },
      system: {
        networkClient: {
          sendGetRequestAsync: (url, options) => send(url, 'GET', options),
          sendPostRequestAsync: (url, options) => send(url, 'POST', options),
        },
      },
    })
    const scopes = ['https://graph.microsoft.com/.default']
    return (await client.acquireTokenByClientCredential({ scopes }))?.accessToken
  },
  {
    query: { 'client-request-id': undefined },
    fields: Object.fromEntries(telemetry.map((name) => [name, undefined])),
  },
)

/** The client's own executor, with a route to the local server. */
class RoutedExecutor extends RequestExecutor {
  override fetch(request: { url: string }) {
    return super.fetch({ ...request, url: request.url.replace('https://example.okta.com', server.url) })
  }
}
const okta = { clientId: 'client-1', keyId: 'key-1', privateKey }
await compare(
  {
    name: 'Okta service app',
    options: oktaServiceApp({ ...okta, domain: 'example.okta.com', scope: 'okta.users.read' }),
    endpoint: 'https://example.okta.com/oauth2/v1/token',
  },
  async () => {
    const client = new OktaClient({
      ...okta,
      orgUrl: 'https://example.okta.com',
      authorizationMode: 'PrivateKey',
      scopes: ['okta.users.read'],
      requestExecutor: new RoutedExecutor(),
    })
    await client.userApi.getUser({ userId: 'me' })
    return server.lastCall()?.authorization?.replace('Bearer ', '')
  },
  // The client leaves the client id to the assertion.
  { fields: { client_id: 'client-1' } },
)

const auth0 = { domain: 'example.eu.auth0.com', clientId: 'client-1' }
await compare(
  {
    name: 'Auth0 application',
    options: auth0Application({
      ...auth0,
      privateKey,
      api: 'https://orders.example.com',
      baseUrl: 'https://orders.example.com/v1',
    }),
    endpoint: 'https://example.eu.auth0.com/oauth/token',
  },
  async () => {
    const audience = 'https://orders.example.com'
    const options = { ...auth0, audience, clientAssertionSigningKey: privateKey, fetch: routed }
    await new ManagementClient(options).tenants.settings.get()
    return server.lastCall()?.authorization?.replace('Bearer ', '')
  },
  // The documentation recommends at most one minute; the client uses three, and leaves `typ` out.
  { header: { typ: 'JWT' }, claims: { exp: 60 } },
)
