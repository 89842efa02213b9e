import { createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyUtglWebhook } from '../src/index.ts'
import { createUtglEmulator } from '../src/utgl-emulator.ts'

const payload = { id: 'event-1', type: 'card.created', holder: 'Zoë' }

test('a webhook of the emulator is accepted as it is, and Node agrees with its signature', async () => {
  const { webhook, webhookPublicKey } = createUtglEmulator()
  const sent = await webhook(payload)
  await expect(verifyUtglWebhook(sent)).resolves.toBeUndefined()
  expect(sent.body).toBe(JSON.stringify(payload))
  expect(sent.headers).toEqual({
    'content-type': 'application/json',
    'x-access-signature': sent.signature,
  })
  expect(await webhookPublicKey()).toBe(sent.publicKey)
  const key = createPublicKey(sent.publicKey)
  expect(verify('sha256', Buffer.from(sent.body), key, Buffer.from(sent.signature, 'base64'))).toBe(true)
})

test('the request carries the same body and headers to the address of the handler', async () => {
  const { webhook } = createUtglEmulator()
  const { request, body, signature, publicKey } = await webhook(payload, {
    url: 'https://shop.example/hooks/utgl?tenant=1',
  })
  expect([request.method, request.url]).toEqual(['POST', 'https://shop.example/hooks/utgl?tenant=1'])
  expect(Object.fromEntries(request.headers)).toEqual({
    'content-type': 'application/json',
    'x-access-signature': signature,
  })
  const received = await request.text()
  expect(received).toBe(body)
  const header = request.headers.get('x-access-signature') ?? ''
  await expect(verifyUtglWebhook({ publicKey, signature: header, body: received })).resolves.toBeUndefined()
})

test('text is signed as it is, and a changed body or the key of another emulator is refused', async () => {
  const { webhook } = createUtglEmulator()
  const sent = await webhook('{ "id": 1 }\n')
  expect(sent.body).toBe('{ "id": 1 }\n')
  await expect(verifyUtglWebhook(sent)).resolves.toBeUndefined()
  const foreign = await createUtglEmulator().webhookPublicKey()
  for (const change of [{ body: '{"id":1}' }, { publicKey: foreign }])
    await expect(verifyUtglWebhook({ ...sent, ...change })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    })
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a function', () => payload],
  ['a number that JSON does not have', 1n],
])('%s as the payload is CONFIG_INVALID', async (_what, given) => {
  await expect(createUtglEmulator().webhook(given)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    provider: 'utgl',
  })
})

test('a relative address is CONFIG_INVALID', async () => {
  const { webhook } = createUtglEmulator()
  await expect(webhook(payload, { url: '/hooks' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
