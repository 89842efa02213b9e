import { createPrivateKey, sign } from 'node:crypto'
import { Readable } from 'node:stream'
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
  ['a Promise as the public key', { publicKey: Promise.resolve(publicKey) }, '`publicKey` is a Promise'],
  ['a number as the public key', { publicKey: 5 }, '`publicKey` is not a key'],
])('%s is CONFIG_INVALID and named', async (_name, given, named) => {
  await expect(verify(given)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(named),
  })
})

test.each<[string, unknown, string, string]>([
  ['a parsed object', JSON.parse(body), 'that a parser made', 'express.json()'],
  ['a parsed list', [1], 'that a parser made', "parseAs: 'buffer'"],
  [
    'a Buffer that went through JSON',
    JSON.parse(JSON.stringify(Buffer.from(body))),
    'that a parser made',
    'raw',
  ],
  ['no body, as without a parser', undefined, 'is missing', "express.raw({ type: '*/*' })"],
  ['a Promise', Promise.resolve(body), 'is a Promise', 'Await'],
  ['a Request', new Request('https://a.example', { method: 'POST', body }), 'is a request', 'text()'],
  ['a Blob', new Blob([body]), 'a Blob', 'text()'],
  ['a web stream', new Blob([body]).stream(), 'is a stream', 'to its end'],
  ['a stream of Node', Readable.from([body]), 'is a stream', 'to its end'],
  ['a number', 5, 'is not a string or bytes', 'raw'],
])('the error for %s says what it is and how to get the raw body', async (_name, given, problem, fix) => {
  const error = await verify({ body: given }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'CONFIG_INVALID',
    provider: 'utgl',
    problem: expect.stringContaining(problem),
    hint: expect.stringContaining(fix),
  })
  expect(String(error)).not.toContain('Grüße')
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
