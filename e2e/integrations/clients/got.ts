import got from 'got'
import { baseUrl, utgl } from './utgl.ts'

/**
 * Before: got sends. The hook runs again for each retry, so each attempt has
 * its own proof.
 */
export const before = got.extend({
  prefixUrl: baseUrl,
  followRedirect: false,
  hooks: {
    beforeRequest: [
      async (options) => {
        const { method, url, body } = options
        if (body !== undefined && typeof body !== 'string')
          throw new TypeError('Only text can be signed here.')
        const request = new Request(String(url), {
          method,
          ...(body !== undefined && { body }),
        })
        options.headers['authorization'] =
          (await utgl.headers(request)).get('authorization') ?? ''
      },
    ],
  },
})

/**
 * After: `fetch` sends, with a fresh proof on every attempt, whatever the body
 * is.
 */
export const after = utgl.api
