import { createPrivateKey, sign } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { type UtglWebhook, verifyUtglWebhook } from '../src/index.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const body = '{"id":"5","text":"Grüße"}'
const bytes = new TextEncoder().encode(body)
const signature = sign('sha256', bytes, createPrivateKey(privateKey)).toString('base64')
const verify = (more: Record<string, unknown>) =>
  verifyUtglWebhook({ publicKey, signature, body, ...more } as unknown as UtglWebhook)

const foreign = (code: string) => runInNewContext(`(list) => ${code}`)([...bytes])

test.each<[string, unknown]>([
  ['text', body],
  ['bytes', bytes],
  ['a Buffer', Buffer.from(body)],
  ['an ArrayBuffer', bytes.buffer.slice(0)],
  ['shared memory', Object.assign(new Uint8Array(new SharedArrayBuffer(bytes.length)), bytes)],
  ['a DataView', new DataView(bytes.buffer)],
  ['a part of a larger buffer', Buffer.concat([Buffer.from('xx'), bytes]).subarray(2)],
  ['an Int8Array', new Int8Array(bytes)],
  ['bytes of another realm', foreign('Uint8Array.from(list)')],
  ['an ArrayBuffer of another realm', foreign('Uint8Array.from(list).buffer')],
])('a body as %s is verified', async (_name, given) => {
  await expect(verify({ body: given })).resolves.toBeUndefined()
})

test.each<[string, Record<string, unknown>, string]>([
  ['a parsed object as the body', { body: JSON.parse(body) }, '`body`'],
  ['a parsed list as the body', { body: [1] }, '`body`'],
  ['a Promise as the body', { body: Promise.resolve(body) }, '`body`'],
  ['a Request as the body', { body: new Request('https://a.example', { method: 'POST', body }) }, '`body`'],
  ['no body', { body: undefined }, '`body`'],
  ['null as the body', { body: null }, '`body`'],
  ['a number as the body', { body: 5 }, '`body`'],
  ['no signature', { signature: undefined }, '`signature`'],
  ['null as the signature', { signature: null }, '`signature`'],
  ['two signatures', { signature: [signature, signature] }, '`signature`'],
  ['bytes as the signature', { signature: Buffer.from(signature, 'base64') }, '`signature`'],
  ['no public key', { publicKey: undefined }, '`publicKey`'],
  ['an empty public key', { publicKey: '' }, '`publicKey`'],
  ['a Promise as the public key', { publicKey: Promise.resolve(publicKey) }, 'key is a Promise'],
])('%s is CONFIG_INVALID and named', async (_name, given, named) => {
  await expect(verify(given)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(named),
  })
})

test('no arguments at all are CONFIG_INVALID', async () => {
  const call = verifyUtglWebhook as unknown as () => Promise<void>
  await expect(call()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('an empty signature, another body and another key are SIGNATURE_INVALID', async () => {
  for (const given of [
    { signature: '' },
    { body: `${body} ` },
    { publicKey: fixedKeys.otherRsa2048.publicKey },
  ])
    await expect(verify(given)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
})
