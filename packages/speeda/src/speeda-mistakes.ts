import type { Mistake } from '@countersign/core/provider'

const tokens = 'https://developer.speeda-global.com/docs/auth/tokens'
const audience = 'https://datafeed.ub-speeda.com/token'

/** Mistakes that are made with Speeda more than elsewhere. */
export const speedaMistakes: readonly Mistake[] = [
  {
    id: 'speeda.audience',
    find({ jwt }) {
      const aud = jwt?.claims.aud
      if (typeof aud !== 'string' || aud === audience || !/datafeed\.ub-speeda\.com|\/token\/?$/.test(aud))
        return undefined
      const host = aud.includes('datafeed.ub-speeda.com')
      return {
        sentence: `aud is ${host ? 'not exactly the address of the token endpoint' : 'the address of another host'}: only ${audience} is taken, wherever the request goes.`,
        fix: `Write "aud": "${audience}", with https, with /token and without a slash at its end.`,
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
        sentence: 'The client assertion is sent to the API: it only buys a token, and the token goes there.',
        fix: `Post the assertion to ${audience} and send the access_token that comes back.`,
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
        sentence: 'client_id of the form is not the iss of the assertion: two sets of credentials are mixed.',
        fix: 'Take client id, key id and key from one registration.',
        source: tokens,
      }
    },
  },
]
