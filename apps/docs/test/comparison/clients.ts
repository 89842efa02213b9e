import { createOAuth } from '@countersign/oauth'
import { JWT } from 'google-auth-library'
import { importPKCS8, SignJWT } from 'jose'
import * as openid from 'openid-client'

/** What a program does with a library: get a token by a signed assertion, and call an API with it. */
export interface Client {
  /** Returns the status of the answer; throws what the library throws. */
  call(url: string): Promise<number>
}

/** Libraries by name, each set up as its documentation shows. */
export const libraries: Readonly<
  Record<string, (privateKey: string, fetch: typeof globalThis.fetch) => Promise<Client>>
> = {
  async Countersign(privateKey, fetch) {
    const options = {
      baseUrl: 'https://api.example',
      tokenUrl: 'https://login.example/token',
      clientId: 'me',
    }
    const oauth = createOAuth({ ...options, privateKey, fetch })
    return { call: async (url) => (await oauth.fetch(url)).status }
  },
  async 'openid-client'(privateKey, fetch) {
    const server = { issuer: 'https://login.example', token_endpoint: 'https://login.example/token' }
    const key = await importPKCS8(privateKey, 'RS256')
    const config = new openid.Configuration(server, 'me', {}, openid.PrivateKeyJwt(key))
    config[openid.customFetch] = (url, options) => fetch(url, options as RequestInit)
    return {
      async call(url) {
        const { access_token } = await openid.clientCredentialsGrant(config)
        return (await openid.fetchProtectedResource(config, access_token, new URL(url), 'GET')).status
      },
    }
  },
  async 'google-auth-library'(key, fetchImplementation) {
    const client = new JWT({
      email: 'me@example',
      key,
      scopes: ['orders'],
      transporterOptions: { fetchImplementation },
    })
    return { call: async (url) => (await client.request({ url })).status }
  },
  async 'jose and fetch'(privateKey, fetch) {
    const key = await importPKCS8(privateKey, 'RS256')
    return {
      async call(url) {
        const assertion = await new SignJWT({})
          .setProtectedHeader({ alg: 'RS256' })
          .setIssuer('me')
          .setSubject('me')
          .setAudience('https://login.example/token')
          .setJti(crypto.randomUUID())
          .setIssuedAt()
          .setExpirationTime('5m')
          .sign(key)
        const response = await fetch('https://login.example/token', {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion,
          }),
        })
        if (!response.ok) throw new Error(`The token request was answered ${response.status}.`)
        const { access_token } = (await response.json()) as { access_token: string }
        return (await fetch(url, { headers: { authorization: `Bearer ${access_token}` } })).status
      },
    }
  },
}
