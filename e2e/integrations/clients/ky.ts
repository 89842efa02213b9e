import ky from 'ky'
import { baseUrl, utgl } from './utgl.ts'

/**
 * An instance with hooks and retries of your own. Without them, `utgl.api` is
 * the same.
 */
export const client = ky.create({
  fetch: utgl.fetch,
  prefix: baseUrl,
  hooks: {
    beforeRequest: [({ request }) => request.headers.set('x-trace', 'trace-1')],
  },
})
