import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Auth, CountersignError, type RequestError } from '@countersign/core'
import { type PlainAnswer, startRecordingServer } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deferred, failureOf, fakeClient, fakeSigner, numberedTokens, sorted } from './fake-provider.ts'

const clientOf = (url: string) => fakeClient(url, { auth: { readError } }).auth
const readError = (body: unknown) => {
  const { code, message } = (body ?? {}) as { code?: string; message?: string }
  return { code, message }
}
const refusal: PlainAnswer = {
  body: '{"code":"INVALID_SIGNATURE","message":"Check \\u001b[31m the key\\nor the clock"}',
  headers: {
    'x-request-id': 'req-1',
    'www-authenticate': 'Bearer error_description="Token authentication failed", realm=api',
  },
}

test('fetch resolves with any response, including 401, 403 and 500', async () => {
  for (const status of [200, 204, 304, 400, 401, 403, 404, 429, 500, 503]) {
    await using server = await startRecordingServer(
      numberedTokens(() => ({ status, body: status === 204 || status === 304 ? '' : 'words' })),
    )
    for (const { auth } of [fakeSigner(server.url), fakeClient(server.url)]) {
      const response = await auth.fetch(`${server.url}/x`)
      expect(response.status).toBe(status)
      expect(await response.text()).toBe(status === 204 || status === 304 ? '' : 'words')
    }
  }
})

test.each([400, 401, 403, 404, 422, 429, 500, 503])(
  'api throws HTTP_STATUS for %d with the code from the body',
  async (status) => {
    await using server = await startRecordingServer(numberedTokens(() => ({ ...refusal, status })))
    const { api } = clientOf(server.url)
    for (const call of [
      api.get('a/b?secret=1', { retry: 0 }),
      api.get('a/b?secret=1', { retry: 0 }).json(),
    ]) {
      const failure = (await failureOf(call)) as RequestError
      expect(failure).toMatchObject({
        name: 'RequestError',
        code: 'HTTP_STATUS',
        provider: 'fake',
        status,
        retryable: status === 429 || status >= 500,
        providerCode: 'INVALID_SIGNATURE',
        requestId: 'req-1',
        wwwAuthenticate: refusal.headers?.['www-authenticate'],
      })
      expect(failure.message).toContain(
        `fake: GET ${server.url}/a/b was answered ${status} INVALID_SIGNATURE`,
      )
      expect(failure.message).not.toMatch(/\p{Cc}|secret=1/u)
      expect(failure.body).toContain('INVALID_SIGNATURE')
      expect(failure).not.toHaveProperty('response')
      expect(failure).not.toHaveProperty('request')
      expect(failure.cause).toBeUndefined()
    }
  },
)

test('throwHttpErrors: false returns the response as it is', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 404, body: '"none"' })))
  const { api } = clientOf(server.url)
  const response = await api.get('x', { throwHttpErrors: false })
  expect(response.status).toBe(404)
  expect(await response.json()).toBe('none')
  expect(await api.get('x', { throwHttpErrors: false }).json()).toBe('none')
})

test('a time-out of api is TIMEOUT, for head and body', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ target }) =>
      target === '/hang' ? { hang: true } : { headers: { 'content-length': '50' } },
    ),
  )
  const { api } = clientOf(server.url)
  for (const path of ['hang', 'slow-body']) {
    const failure = await failureOf(api.get(path, { timeout: 40 }).json())
    expect(failure).toMatchObject({ code: 'TIMEOUT', retryable: true, provider: 'fake' })
    expect((failure as Error).message).toContain(`${server.url}/${path}`)
  }
  expect(await failureOf(api.get('hang', { totalTimeout: 40 }))).toMatchObject({ code: 'TIMEOUT' })
})

test('a body that is not JSON is RESPONSE_INVALID with its status, and nothing of the body is quoted', async () => {
  await using server = await startRecordingServer(
    numberedTokens(() => ({ status: 201, body: 'opaque-word and more' })),
  )
  const failure = (await failureOf(clientOf(server.url).api.post('x').json())) as RequestError
  expect(failure).toMatchObject({ code: 'RESPONSE_INVALID', status: 201 })
  expect(failure.message).toContain('is not JSON')
  expect(`${failure.message}${failure.stack}${String(failure.cause)}`).not.toContain('opaque')
})

test('a body that does not match the schema is RESPONSE_INVALID', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const validate = () => ({ issues: [{ message: 'no' }] })
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } }
  const failure = await failureOf(clientOf(server.url).api.get('x').json(schema))
  expect(failure).toMatchObject({
    code: 'RESPONSE_INVALID',
    status: 200,
    message: expect.stringContaining('schema'),
  })
})

test('a connection cut within the body is NETWORK, whichever way it is read', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ body: '{"a":1}', cutAfter: 3 })))
  const { api } = clientOf(server.url)
  for (const call of [api.get('x').json(), api.get('x').text(), api.get('x').bytes(), api.get('x').blob()])
    expect(await failureOf(call)).toMatchObject({ code: 'NETWORK', retryable: true, provider: 'fake' })
})

test.each([
  ['a timeout beyond all timers', { timeout: 2 ** 40 }],
  ['a body on a GET', { body: 'x' }],
  ['an invalid header name', { headers: { 'bad name': 'x' } }],
])('%s is CONFIG_INVALID', async (_what, options) => {
  await using server = await startRecordingServer(numberedTokens())
  expect(await failureOf(clientOf(server.url).api.get('x', options as object))).toMatchObject({
    code: 'CONFIG_INVALID',
  })
})

test('shortcuts set Accept, at the first call and later', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ body: '{"a":1}' })))
  const { api } = clientOf(server.url)
  for (let round = 0; round < 2; round++) {
    expect(await api.get('x').json()).toEqual({ a: 1 })
    expect(await api.get('x').text()).toBe('{"a":1}')
    expect((await api('x')).status).toBe(200)
    expect([...(await api.get('x').bytes())].length).toBe(7)
    expect((await api.get('x').arrayBuffer()).byteLength).toBe(7)
  }
  const accepts = sorted(server).api.map(({ header }) => header('accept'))
  expect(accepts).toEqual([...accepts.slice(0, 5), ...accepts.slice(0, 5)])
  expect(accepts.slice(0, 5)).toEqual(['application/json', 'text/*', '*/*', '*/*', '*/*'])
})

test('a shortcut may be called later, and twice on one answer is the error that fetch gives', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ body: '{"a":1}' })))
  const { api } = clientOf(server.url)
  const call = api.get('x')
  await call
  expect(await call.json()).toEqual({ a: 1 })
})

test('each method is sent as itself', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { api } = clientOf(server.url)
  for (const method of ['get', 'post', 'put', 'patch', 'delete', 'head'] as const) await api[method]('x')
  await api('x', { method: 'options' })
  expect(sorted(server).api.map(({ method }) => method)).toEqual([
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  ])
})

test('extend, create and their hooks work as in ky', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { api } = clientOf(`${server.url}/v1`)
  const seen: string[] = []
  const named = api.extend({
    headers: { 'x-a': '1' },
    hooks: {
      beforeRequest: [({ request }) => void seen.push(request.headers.get('authorization') ?? 'none')],
    },
  })
  const both = named.extend((parent) => ({ ...parent, headers: { 'x-b': '2' }, searchParams: { q: 'w' } }))
  await both.get('x')
  await api.create({ prefix: `${server.url}/v2`, headers: { 'x-c': '3' } }).get('y')
  const [first, second] = sorted(server).api
  expect(first).toMatchObject({ target: '/v1/x?q=w' })
  expect([first?.header('x-a'), first?.header('x-b'), first?.header('x-c')]).toEqual(['1', '2', undefined])
  expect(second).toMatchObject({ target: '/v2/y' })
  expect(second?.header('x-c')).toBe('3')
  expect(seen, 'hooks never see the credential').toContain('none')
})

test('stop and retry work in hooks, taken from any instance at any time', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ target }) => ({ status: target === '/busy' ? 503 : 200 })),
  )
  const { api } = clientOf(server.url)
  const { retry } = api
  const stop: typeof api.stop = api.stop
  const ways: (() => typeof api.stop)[] = [() => stop, () => api.stop]
  for (const take of ways) {
    const stopping = api.extend({ retry: { delay: () => 1 }, hooks: { beforeRetry: [() => take()] } })
    expect(await stopping.get('busy')).toBeUndefined()
  }
  expect(sorted(server).api).toHaveLength(2)
  expect(
    await api.get('busy', { retry: { delay: () => 1 }, hooks: { beforeRetry: [() => stop] } }),
  ).toBeUndefined()
  for (const again of [retry, api.retry]) {
    let answers = 0
    const repeat = () => {
      answers += 1
      return answers === 1 ? again({ delay: 1 }) : undefined
    }
    await api.get('fine', { hooks: { afterResponse: [repeat] } })
    expect(answers).toBe(2)
  }
})

test('an endless retry from a hook is a RequestError', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { api } = clientOf(server.url)
  const failure = await failureOf(api.get('x', { hooks: { afterResponse: [() => api.retry({ delay: 1 })] } }))
  expect(CountersignError.isInstance(failure)).toBe(true)
})

test('an error thrown by a hook reaches the caller unchanged', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const mine = new Error('mine')
  const throwing = () => {
    throw mine
  }
  expect(await failureOf(clientOf(server.url).api.get('x', { hooks: { beforeRequest: [throwing] } }))).toBe(
    mine,
  )
})

test('calls and failures are not lost while ky loads slowly', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 404 })))
  const { api } = clientOf(server.url)
  const unobserved = api.get('x')
  unobserved.catch(() => undefined)
  const outcomes = await Promise.allSettled([api.get('x').json(), api.get('y').text(), api.get('z')])
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
})

test('a caller may abort between head and body', async () => {
  const reached = deferred()
  await using server = await startRecordingServer(
    numberedTokens(() => {
      reached.resolve()
      return { headers: { 'content-length': '50' } }
    }),
  )
  const abort = new AbortController()
  const call = failureOf(clientOf(server.url).api.get('x', { signal: abort.signal }).json())
  await reached.promise
  abort.abort('enough')
  expect(await call).toBe('enough')
})

test('an X-Ratelimit-Reset in milliseconds is waited for as such', async () => {
  let calls = 0
  const headers = { 'x-ratelimit-reset': '900' }
  const fetch = async () => new Response(null, calls++ === 0 ? { status: 429, headers } : {})
  // Loading it may take timers of its own.
  await import('ky')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { auth } = fakeSigner('https://fake.example', { rateLimitReset: 'milliseconds', fetch })
  const begin = performance.now()
  const answer = auth.api.get('x', { timeout: false, totalTimeout: false })
  while (calls < 2) {
    await new Promise(setImmediate)
    await vi.advanceTimersToNextTimerAsync()
  }
  expect((await answer).status).toBe(200)
  // ky is told in the whole seconds of `Retry-After`.
  expect(performance.now() - begin).toBe(1_000)
})

test('a refusal with an X-Ratelimit-Reset is a refusal whatever phrase its status line has', async () => {
  const head =
    'HTTP/1.1 503 caf\xe9\r\nX-Ratelimit-Reset: 900\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(head, 'latin1'))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { auth } = fakeSigner(`http://127.0.0.1:${port}`, { rateLimitReset: 'milliseconds' })
  expect(await failureOf(auth.api.get('x', { retry: 0 }))).toMatchObject({ code: 'HTTP_STATUS', status: 503 })
})

test('the stack of an error names the function that called `api`, the first time too', async () => {
  await using server = await startRecordingServer(() => ({ status: 404, body: '{}' }))
  async function calledPlainly(auth: Auth) {
    await auth.api.get('x')
  }
  async function calledForJson(auth: Auth) {
    await auth.api.get('x').json()
  }
  for (const call of [calledPlainly, calledForJson]) {
    const { auth } = fakeSigner(server.url)
    for (const _time of ['first', 'second'])
      expect(((await failureOf(call(auth))) as Error).stack).toMatch(new RegExp(`at (async )?${call.name} `))
  }
})

test('a web page in place of JSON is named by its content type, with a hint at the address', async () => {
  const answer = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<!doctype html>' }
  await using server = await startRecordingServer(() => answer)
  const { auth } = fakeSigner(server.url)
  expect(await failureOf(auth.api.get('x').json())).toMatchObject({
    code: 'RESPONSE_INVALID',
    problem: `GET ${server.url}/x was answered 200 with a body that is text/html, not JSON.`,
    hint: 'Check the base URL and the path: this is the address of a web page.',
  })
})

test('a shortcut of a call whose options are refused rejects with that error, also after the first call', async () => {
  await using server = await startRecordingServer()
  const { api } = fakeSigner(server.url).auth
  await api.get('first')
  const refused = { code: 'CONFIG_INVALID', message: expect.stringContaining('`fetch`') }
  expect(await failureOf(api.get('x', { fetch }).json())).toMatchObject(refused)
  expect(await failureOf(api.get('x', { fetch }))).toMatchObject(refused)
  expect(server.requests.map(({ target }) => target)).toEqual(['/first'])
})
