import Fastify from 'fastify'
import { receiveWebhook, utgl } from './utgl.ts'

export const app = Fastify()

// A plugin of its own: its parser replaces the JSON parser for this route and
// for no other.
app.register((webhooks, _options, done) => {
  webhooks.removeAllContentTypeParsers()
  webhooks.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    (_request, body, parsed) => parsed(null, body),
  )
  webhooks.post<{ Body: Buffer; Headers: { 'x-access-signature'?: string } }>(
    '/webhooks',
    async ({ headers, body }, reply) => {
      return reply
        .code(await receiveWebhook(headers['x-access-signature'], body))
        .send()
    },
  )
  done()
})

app.get('/accounts', () => utgl.api.get('accounts').json())
