import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { build } from 'esbuild'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { Miniflare } from 'miniflare'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startRedis } from '../../../tools/redis-servers.ts'
import { accounts, serveUtgl } from './emulated-utgl.ts'

const utgl = await serveUtgl()
const redis = await startRedis()
const settings = {
  UTGL_ACCESS_KEY: utgl.options.accessKey,
  UTGL_PRIVATE_KEY: utgl.options.privateKey,
  UTGL_BASE_URL: utgl.options.baseUrl,
  UTGL_WEBHOOK_KEY: await utgl.emulator.webhookPublicKey(),
}
for (const [name, value] of Object.entries({ ...settings, REDIS_URL: redis.url })) vi.stubEnv(name, value)
const { receiveWebhook } = await import('../frameworks/utgl.ts')

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing) await close()
  await redis.end()
  await utgl.close()
})

/** How a request reaches an application. */
type Send = (path: string, init?: RequestInit) => Promise<Response>

/** Sends over loopback to a server of Node. */
async function listen(listener: RequestListener): Promise<Send> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init)
}

/** What API Gateway makes of a request, in its payload format 2.0. */
async function toEvent(path: string, init: RequestInit, encode: boolean): Promise<APIGatewayProxyEventV2> {
  const request = new Request(`https://lambda.example${path}`, init)
  const body = Buffer.from(await request.arrayBuffer())
  return {
    version: '2.0',
    routeKey: `${request.method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: Object.fromEntries(request.headers),
    isBase64Encoded: encode,
    ...(body.length > 0 && { body: body.toString(encode ? 'base64' : 'utf8') }),
  } as APIGatewayProxyEventV2
}

const lambda = (encode: boolean) => async (): Promise<Send> => {
  const { handler } = await import('../frameworks/lambda.ts')
  return async (path, init = {}) => {
    const { statusCode, body } = await handler(await toEvent(path, init, encode))
    return new Response(body ?? null, { status: statusCode ?? 0 })
  }
}

async function startWorker(): Promise<Send> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../frameworks/worker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd', 'worker'],
  })
  const worker = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? '',
    compatibilityDate: '2026-01-01',
    bindings: settings,
    durableObjects: { EVENTS: 'UtglEvent' },
  })
  closing.push(() => worker.dispose())
  const origin = await worker.ready
  return (path, init) => fetch(new URL(path, origin), init)
}

const applications: Record<string, () => Promise<Send>> = {
  Express: async () => listen((await import('../frameworks/express.ts')).app),
  async Fastify() {
    const { app } = await import('../frameworks/fastify.ts')
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    closing.push(() => app.close())
    return (path, init) => fetch(url + path, init)
  },
  Hono: async () => listen(getRequestListener((await import('../frameworks/hono.ts')).app.fetch)),
  async 'Next.js'() {
    const { GET } = await import('../frameworks/next/accounts/route.ts')
    const { POST } = await import('../frameworks/next/webhooks/route.ts')
    return (path, init) =>
      path === '/accounts' ? GET() : POST(new Request(`https://next.example${path}`, init))
  },
  'Cloudflare Workers': startWorker,
  'AWS Lambda, with a text body': lambda(false),
  'AWS Lambda, with a Base64 body': lambda(true),
}

describe.each(Object.entries(applications))('%s', (name, start) => {
  let started: Promise<Send> | undefined
  const open = () => {
    started ??= start()
    return started
  }

  test('a route is answered by the API, with proof', async () => {
    const send = await open()
    utgl.takeArrived()
    const response = await send('/accounts')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject(accounts)
    expect(utgl.takeArrived()).toEqual(['GET /accounts 200'])
  })

  test('a webhook is handled once, and its second delivery is answered like the first', async () => {
    const send = await open()
    const { body, headers } = await utgl.emulator.webhook({ id: `${name} 1`, holder: 'Zoë' })
    utgl.takeArrived()
    const deliver = async () => (await send('/webhooks', { method: 'POST', headers, body })).status
    expect([await deliver(), await deliver()]).toEqual([200, 200])
    expect(utgl.takeArrived()).toEqual([`POST /ping 200 {"handled":"${name} 1"}`])
  })

  test('a webhook that was changed, or that nobody signed, is not handled', async () => {
    const send = await open()
    const { body, headers } = await utgl.emulator.webhook({ id: `${name} 2` })
    utgl.takeArrived()
    const changed = await send('/webhooks', { method: 'POST', headers, body: `${body} ` })
    const unsigned = await send('/webhooks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([changed.status, unsigned.status]).toEqual([401, 401])
    expect(utgl.takeArrived()).toEqual([])
  })
})

/** Delivers a webhook to an application with the parser in the wrong place, and returns the error that it has. */
async function deliverParsed(start: (fail: (error: unknown) => void) => Promise<Send>) {
  const errors: unknown[] = []
  const send = await start((error) => errors.push(error))
  const { body, headers } = await utgl.emulator.webhook({ id: 'parsed' })
  utgl.takeArrived()
  const { status } = await send('/webhooks', { method: 'POST', headers, body })
  expect(utgl.takeArrived()).toEqual([])
  return { status, error: errors[0] }
}

const parsed = (hint: string) => ({
  code: 'CONFIG_INVALID',
  problem: expect.stringContaining('a parser made'),
  hint: expect.stringContaining(hint),
})

test('in Express, a route after express.json() is refused by an error that names it', async () => {
  const { status, error } = await deliverParsed((fail) => {
    const app = express()
    app.use(express.json())
    app.post('/webhooks', async (request, response) => {
      response.sendStatus(await receiveWebhook(request.get('x-access-signature'), request.body))
    })
    app.use(((thrown, _request, response, _next) => {
      fail(thrown)
      response.sendStatus(500)
    }) satisfies express.ErrorRequestHandler)
    return listen(app)
  })
  expect(status).toBe(500)
  expect(error).toMatchObject(parsed('above app.use(express.json())'))
})

test('in Express without a parser, the error says which one reads the body', async () => {
  const { error } = await deliverParsed((fail) => {
    const app = express()
    app.post('/webhooks', async (request, response) => {
      response.sendStatus(await receiveWebhook(request.get('x-access-signature'), request.body))
    })
    app.use(((thrown, _request, response, _next) => {
      fail(thrown)
      response.sendStatus(500)
    }) satisfies express.ErrorRequestHandler)
    return listen(app)
  })
  expect(error).toMatchObject({ problem: '`body` is missing.', hint: expect.stringContaining('express.raw') })
})

test('in Fastify, the body of its JSON parser is refused by an error that names the parser to add', async () => {
  const { status, error } = await deliverParsed(async (fail) => {
    const app = Fastify()
    app.setErrorHandler((thrown, _request, reply) => {
      fail(thrown)
      return reply.code(500).send()
    })
    app.post<{ Body: Uint8Array; Headers: { 'x-access-signature'?: string } }>(
      '/webhooks',
      async ({ headers, body }, reply) =>
        reply.code(await receiveWebhook(headers['x-access-signature'], body)).send(),
    )
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    closing.push(() => app.close())
    return (path, init) => fetch(url + path, init)
  })
  expect(status).toBe(500)
  expect(error).toMatchObject(parsed("parseAs: 'buffer'"))
})

test('in Hono, a middleware that parsed the body before does not change the raw one', async () => {
  const { app } = await import('../frameworks/hono.ts')
  const outer = new Hono()
  outer.use(async ({ req }, next) => {
    await req.json()
    await next()
  })
  outer.route('/', app)
  const send = await listen(getRequestListener(outer.fetch))
  const { body, headers } = await utgl.emulator.webhook('{ "id" : "hono-parsed" }\n')
  expect((await send('/webhooks', { method: 'POST', headers, body })).status).toBe(200)
})

test('in Hono, a handler that passes what req.json() returned is refused by an error that names req.text()', async () => {
  const { status, error } = await deliverParsed(async (fail) => {
    const app = new Hono()
    app.post('/webhooks', async ({ req, body }) =>
      body(null, await receiveWebhook(req.header('x-access-signature'), await req.json())),
    )
    app.onError((thrown, { body }) => {
      fail(thrown)
      return body(null, 500)
    })
    return listen(getRequestListener(app.fetch))
  })
  expect(status).toBe(500)
  expect(error).toMatchObject(parsed('Hono: c.req.text()'))
})

test('in Next.js, a handler that passes what request.json() returned is refused by an error that names request.text()', async () => {
  const { body, headers } = await utgl.emulator.webhook({ id: 'parsed-next' })
  const request = new Request('https://next.example/webhooks', { method: 'POST', headers, body })
  const received = receiveWebhook(request.headers.get('x-access-signature'), await request.json())
  await expect(received).rejects.toMatchObject(parsed('Next.js: request.text()'))
})

test('a Base64 body that nobody decoded is refused', async () => {
  const { handler } = await import('../frameworks/lambda.ts')
  const { body, headers } = await utgl.emulator.webhook({ id: 'not-decoded' })
  const event = await toEvent('/webhooks', { method: 'POST', headers, body }, true)
  expect((await handler({ ...event, isBase64Encoded: false })).statusCode).toBe(401)
})

test('on AWS Lambda, a body that a middleware parsed is refused by an error that names it', async () => {
  const { handler } = await import('../frameworks/lambda.ts')
  const { body, headers } = await utgl.emulator.webhook({ id: 'parsed-event' })
  const event = await toEvent('/webhooks', { method: 'POST', headers, body }, false)
  await expect(handler({ ...event, body: JSON.parse(body) })).rejects.toMatchObject(
    parsed('without a JSON body parser'),
  )
})
