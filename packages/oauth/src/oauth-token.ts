import type { Secret } from '@countersign/core'
import { exampleTokenResponse, type TokenRequest, type TokenResponseShape } from '@countersign/core/provider'
import { type OAuthGrant, type OAuthOptions, type OAuthTokenResponse, toAddress } from './oauth-options.ts'

/** RFC 7523, section 2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** RFC 7523, section 2.1. */
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }

/** The input of a token request. */
export interface OAuthTokenRequestInput {
  grant: OAuthGrant
  clientId: string
  clientSecret?: Secret | undefined
  scope?: string | undefined
  resource?: readonly string[] | undefined
  parameters?: Readonly<Record<string, string>> | undefined
  /** Presented in place of the grant (RFC 6749, section 6). */
  refreshToken?: Secret | undefined
}

/** The token request that carries an assertion. */
export function toOAuthTokenRequest(input: OAuthTokenRequestInput, assertion: string): TokenRequest {
  const { grant, clientId, clientSecret, scope, resource = [], parameters = {}, refreshToken } = input
  if (grant === 'header-jwt')
    return {
      headers: { accept: 'application/json', authorization: `Bearer ${assertion}` },
      secrets: [assertion],
    }
  const fields = new URLSearchParams()
  if (refreshToken !== undefined) {
    fields.set('grant_type', 'refresh_token')
    fields.set('refresh_token', refreshToken.reveal())
  } else if (grant === 'jwt-bearer') {
    fields.set('grant_type', jwtBearer)
    fields.set('assertion', assertion)
  } else fields.set('grant_type', 'client_credentials')
  if (grant === 'client_credentials') {
    fields.set('client_id', clientId)
    fields.set('client_assertion_type', assertionType)
    fields.set('client_assertion', assertion)
  }
  if (clientSecret !== undefined) {
    fields.set('client_id', clientId)
    fields.set('client_secret', clientSecret.reveal())
  }
  if (scope !== undefined) fields.set('scope', scope)
  for (const one of resource) fields.append('resource', one)
  for (const [name, value] of Object.entries(parameters)) fields.set(name, value)
  const secrets = [assertion, clientSecret, refreshToken].filter((secret) => secret !== undefined)
  return { headers: form, body: fields.toString(), secrets }
}

/** The token response of RFC 6749, section 5.1. A missing lifetime counts as one hour. */
export const oauthTokenResponse: TokenResponseShape = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 3600 },
  refreshToken: 'refresh_token',
}

/** Options that were checked: as objects, not as text. */
type Parsed = Omit<OAuthOptions, 'tokenResponse'> & { tokenResponse: OAuthTokenResponse }

/** What a server would answer in a dry run: its metadata, or a token that is for the base URL. */
export function oauthExampleResponse(
  { method }: { readonly method: string },
  options: Readonly<Record<string, unknown>>,
  now: number,
): unknown {
  const { baseUrl, issuer, originFrom, tokenResponse } = options as Partial<Parsed> & { baseUrl: string }
  if (method === 'GET') {
    const own = toAddress(issuer ?? '/', baseUrl)
    return { issuer: own, token_endpoint: `${new URL(own).origin}/token` }
  }
  const example = exampleTokenResponse(toTokenResponseShape(tokenResponse, undefined), now)
  return originFrom === undefined ? example : { ...example, [originFrom]: new URL(baseUrl).origin }
}

/** The shape of one server's token response. */
export function toTokenResponseShape(
  given: OAuthTokenResponse | undefined,
  originFrom: string | undefined,
): TokenResponseShape {
  return { ...oauthTokenResponse, ...given, ...(originFrom === undefined ? {} : { origin: originFrom }) }
}
