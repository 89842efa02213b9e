import { Hono } from 'hono'
import { receiveWebhook, utgl } from './utgl.ts'

export const app = new Hono()

app.post('/webhooks', async ({ req, body }) => {
  const status = await receiveWebhook(
    req.header('x-access-signature'),
    await req.text(),
  )
  return body(null, status)
})

app.get('/accounts', async ({ json }) =>
  json(await utgl.api.get('accounts').json<object>()),
)
