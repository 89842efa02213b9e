import type { Mistake } from '@countersign/core/provider'

const tokens = 'https://developer.speeda-global.com/docs/auth/tokens'
const audience = 'https://datafeed.ub-speeda.com/token'

/** Mistakes that are common with Speeda. */
export const speedaMistakes: readonly Mistake[] = [
  {
    id: 'speeda.audience',
    find({ jwt }) {
      const aud = jwt?.claims.aud
      if (typeof aud !== 'string' || aud === audience || !/datafeed\.ub-speeda\.com|\/token\/?$/.test(aud))
        return undefined
      const host = aud.includes('datafeed.ub-speeda.com')
      return {
        sentence: `aud is ${host ? 'not exactly the address of the token endpoint' : 'the address of another host'}: only ${audience} is accepted, wherever the request goes.`,
        fix: `Write "aud": "${audience}", with https, with /token and without a trailing slash.`,
        source: tokens,
      }
    },
  },
  {
    id: 'speeda.assertion-as-token',
    find({ jwt, request, endpoint }) {
      if (request === undefined || endpoint !== 'api') return undefined
      const isAssertion = [jwt?.claims.aud].flat().some((one) => one === audience)
      if (!isAssertion) return undefined
      return {
        sentence: 'The client assertion was sent to the API: it must be exchanged for an access token first.',
        fix: `Post the assertion to ${audience} and send the access_token of the response.`,
        source: tokens,
      }
    },
  },
  {
    id: 'speeda.client-ids-differ',
    find({ jwt, fields }) {
      const field = fields?.['client_id']
      const { iss } = jwt?.claims ?? {}
      if (typeof field !== 'string' || typeof iss !== 'string' || field === iss) return undefined
      return {
        sentence:
          'client_id in the form differs from iss in the assertion: two sets of credentials are mixed.',
        fix: 'Use client id, key id and key of one registration.',
        source: tokens,
      }
    },
  },
]
