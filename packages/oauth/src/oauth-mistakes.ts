import type { Mistake } from '@countersign/core/provider'

const rfc7523 = 'https://www.rfc-editor.org/rfc/rfc7523#section-3'

/** Mistakes that are common with client assertions. */
export const oauthMistakes: readonly Mistake[] = [
  {
    id: 'oauth.audience-of-api',
    find({ jwt, fields, audiences }) {
      const aud = jwt?.claims.aud
      const resource = fields?.['audience'] ?? fields?.['resource']
      if (typeof aud !== 'string' || aud !== resource || audiences?.includes(aud) === true) return undefined
      return {
        sentence: '`aud` of the assertion is the API that the token is for, not the authorization server.',
        fix: 'Write the issuer or the token endpoint into `aud`; name the API in the form only.',
        source: rfc7523,
      }
    },
  },
  {
    id: 'oauth.assertion-as-token',
    find({ jwt, request, endpoint }) {
      const { iss, sub, aud } = jwt?.claims ?? {}
      if (request === undefined || endpoint !== 'api' || typeof iss !== 'string' || iss !== sub)
        return undefined
      if (typeof aud !== 'string') return undefined
      return {
        sentence: 'The client assertion was sent to the API: it must be exchanged for an access token first.',
        fix: 'Post the assertion to the token endpoint and send the access_token of the response.',
        source: 'https://www.rfc-editor.org/rfc/rfc7523#section-2.2',
      }
    },
  },
  {
    id: 'oauth.client-ids-differ',
    find({ jwt, fields }) {
      const field = fields?.['client_id']
      const { iss } = jwt?.claims ?? {}
      if (typeof field !== 'string' || typeof iss !== 'string' || field === iss) return undefined
      return {
        sentence: '`client_id` in the form differs from `iss` in the assertion: two clients are mixed.',
        fix: 'Use client id and key of one registration.',
        source: rfc7523,
      }
    },
  },
]
