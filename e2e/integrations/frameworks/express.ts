import express from 'express'
import { receiveWebhook, utgl } from './utgl.ts'

export const app = express()

// Before `express.json()`: the signature is over the bytes, and the first
// parser takes them.
app.post(
  '/webhooks',
  express.raw({ type: '*/*' }),
  async (request, response) => {
    response.sendStatus(
      await receiveWebhook(request.get('x-access-signature'), request.body),
    )
  },
)

app.use(express.json())

app.get('/accounts', async (_request, response) => {
  response.json(await utgl.api.get('accounts').json())
})
