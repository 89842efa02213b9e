import { numRuns } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRawRequest, readRuleInput } from '../src/explain/index.ts'
import { CountersignError } from '../src/index.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** What a parsed request is, in plain values. */
function read(input: string | Uint8Array) {
  const { method, target, headers, body } = parseRawRequest(input)
  return { method, target, headers: Object.fromEntries(headers), body: Buffer.from(body).toString() }
}

const wanted = {
  method: 'POST',
  target: '/v1/ping?a=%20b&c=d+e',
  headers: { host: 'api.example.com', 'content-type': 'application/json', 'content-length': '7' },
  body: '{"a":1}',
}
const lines = [
  'POST /v1/ping?a=%20b&c=d+e HTTP/1.1',
  'Host: api.example.com',
  'content-type:application/json',
  'Content-Length:   7  ',
  '',
  '{"a":1}',
]

test.each([
  ['CRLF', lines.join('\r\n')],
  ['LF', lines.join('\n')],
  ['mixed line ends', `${lines.slice(0, 3).join('\n')}\r\n${lines.slice(3).join('\n')}`],
  ['a byte order mark', `\ufeff${lines.join('\r\n')}`],
  ['empty lines before it', `\r\n\n${lines.join('\r\n')}`],
  ['the remarks of an HTTP file before it', `### one\r\n# GET /two HTTP/1.1\n\n#\n${lines.join('\n')}`],
  ['more behind the body than Content-Length says', `${lines.join('\r\n')}\r\n\r\nGET / HTTP/1.1`],
  [
    'a whole address',
    lines
      .join('\n')
      .replace('POST /', 'POST https://user:word@API.example.com/')
      .replace('Host: api', 'Host: other'),
  ],
])('a request with %s is read', (_what, text) => {
  expect(read(text)).toEqual(wanted)
  expect(read(bytes(text))).toEqual(wanted)
})

test.each<[string, string, string, string | undefined]>([
  ['GET /ping HTTP/1.1', 'GET', '/ping', undefined],
  ['GET /ping', 'GET', '/ping', undefined],
  ['get /ping HTTP/2', 'get', '/ping', undefined],
  ['GET https://api.example.com', 'GET', '/', 'api.example.com'],
  ['GET https://api.example.com?a=b', 'GET', '/?a=b', 'api.example.com'],
  ['GET http://[::1]:4400/utgl/v1/ping?#x HTTP/1.1', 'GET', '/utgl/v1/ping?', '[::1]:4400'],
  ['GET /caf\u00e9?#part HTTP/1.1\n', 'GET', '/caf\u00e9?', undefined],
  ['GET //a//b/../c HTTP/1.1\r\n\r\n', 'GET', '//a//b/../c', undefined],
])('the first line %j is read without changing a byte of path and query', (text, method, target, host) => {
  const request = parseRawRequest(text)
  expect([request.method, request.target, request.headers.get('host') ?? undefined]).toEqual([
    method,
    target,
    host,
  ])
  expect(request.body).toHaveLength(0)
})

test('a body without Content-Length is all that follows, unless that is line ends only', () => {
  expect(read('POST / HTTP/1.1\n\n{"a":1}\n').body).toBe('{"a":1}\n')
  expect(read('POST / HTTP/1.1\n\n\n\r\n').body).toBe('')
  expect(read('POST / HTTP/1.1\nContent-Length: 1\n\n\n').body).toBe('\n')
})

test('bytes that are not text are unchanged', () => {
  const body = Uint8Array.from([0, 255, 10, 13, 10, 128])
  const whole = Uint8Array.from([...bytes('PUT /x HTTP/1.1\r\nContent-Length: 6\r\n\r\n'), ...body])
  expect(parseRawRequest(whole).body).toEqual(body)
})

test('a chunked body is joined; extensions and trailers are skipped', () => {
  const head = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n'
  expect(read(`${head}4;name=value\r\nWiki\r\nA\r\n0123456789\r\n0\r\nExpires: 0\r\n\r\n`).body).toBe(
    'Wiki0123456789',
  )
  expect(read(`${head}4\nWiki\n0\n`).body).toBe('Wiki')
  expect(read(`${head}0\r\n\r\n`).body).toBe('')
})

test('a header line may be folded, and one name may come twice', () => {
  const { headers } = read('GET / HTTP/1.1\r\nX-Long: one\r\n  two\r\nX-Twice: a\r\nx-twice: b\r\n\r\n')
  expect(headers).toEqual({ 'x-long': 'one two', 'x-twice': 'a, b' })
})

test('what curl -v prints is read: the first request, without what comes back', () => {
  const trace = [
    '$ curl -v https://access.utgl.io/v1/ping',
    '* Connected to access.utgl.io (192.0.2.1) port 443',
    '} [5 bytes data]',
    '> a line of the shell',
    '> GET /v1/ping?a=b HTTP/2',
    '> Host: access.utgl.io',
    '> Authorization: Bearer token',
    '> ',
    '* Request completely sent off',
    '< HTTP/2 401 ',
    '< date: Fri, 02 Jan 2026 03:04:05 GMT',
    '< ',
    '{"code":"INVALID_SIGNATURE"}',
    '> GET /again HTTP/2',
  ]
  for (const end of ['\n', '\r\n'])
    expect(read(trace.join(end))).toEqual({
      method: 'GET',
      target: '/v1/ping?a=b',
      headers: { host: 'access.utgl.io', authorization: 'Bearer token' },
      body: '',
    })
})

test.each([
  ['the request only', ['> ']],
  ['the request up to the last header', []],
  ['the request and the response', ['> ', '< HTTP/2 401 ', '< date: Fri, 02 Jan 2026 03:04:05 GMT', '< ']],
  ['the request and remarks', ['> ', '* Request completely sent off']],
])('the output of curl -v is read when it has %s', (_what, rest) => {
  const request = ['> GET /v1/ping?a=b HTTP/1.1', '> Host: access.utgl.io', '> Authorization: Bearer token']
  for (const before of [[], ['* using HTTP/2'], ['* Trying 192.0.2.1:443...', '* using HTTP/1.x']])
    for (const end of ['\n', '\r\n'])
      expect(read([...before, ...request, ...rest].join(end))).toEqual({
        method: 'GET',
        target: '/v1/ping?a=b',
        headers: { host: 'access.utgl.io', authorization: 'Bearer token' },
        body: '',
      })
})

test.each([
  ['nothing', '', 'METHOD /path'],
  ['one word', 'GET', 'METHOD /path'],
  ['a space in the path', 'GET /a b HTTP/1.1', 'METHOD /path'],
  ['an answer', 'HTTP/1.1 200 OK\r\n\r\n', 'METHOD /path'],
  ['a target without a slash', 'GET ping HTTP/1.1', 'neither a path'],
  ['the target of CONNECT', 'CONNECT example.com:443 HTTP/1.1', 'neither a path'],
  ['an address without host', 'GET https:///x HTTP/1.1', 'neither a path'],
  ['a host of odd letters', 'GET https://ex%ample/x HTTP/1.1', 'no host'],
  ['a line that is not a header', 'GET / HTTP/1.1\nsecret-without-colon\n', 'header line 1'],
  ['a pseudo header', 'GET / HTTP/1.1\nHost: a\n:method: GET\n', 'header line 2'],
  ['a header with NUL', 'GET / HTTP/1.1\nx: a\0b\n', 'header line 1'],
  ['a short body', 'POST / HTTP/1.1\nContent-Length: 9\n\nsecret', '6 bytes, and Content-Length says 9'],
  [
    'two lengths',
    'POST / HTTP/1.1\nContent-Length: 1\nContent-Length: 2\n\nab',
    'Content-Length is not a single',
  ],
  ['a length in words', 'POST / HTTP/1.1\nContent-Length: many\n\nab', 'Content-Length is not a single'],
  [
    'another coding',
    'POST / HTTP/1.1\nTransfer-Encoding: gzip, chunked\n\nab',
    'something other than chunked',
  ],
  ['no chunks', 'POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n{"a":1}\n', 'not chunked'],
  ['broken off chunks', 'POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n4\r\nab', 'shorter than its size'],
  ['chunks without an end', 'POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n2\r\nab\r\n', 'cut off'],
  ['a huge head', `GET / HTTP/1.1\nx: ${'a'.repeat(70_000)}\n\n`, 'larger than 64 KiB'],
  ['too many lines', `GET / HTTP/1.1\n${'x: y\n'.repeat(2000)}\n`, 'header lines'],
])('a request with %s is TOKEN_MALFORMED, says what is wrong and quotes nothing', (_what, text, words) => {
  expect(() => parseRawRequest(text)).toThrow(
    expect.objectContaining({
      name: 'VerificationError',
      code: 'TOKEN_MALFORMED',
      message: expect.stringMatching(new RegExp(`^(?!.*secret).*${words}`, 's')),
    }),
  )
})

const word = fc.constantFrom(
  ...[
    'GET ',
    '/a',
    ' HTTP/1.1',
    '\r\n',
    '\n',
    'Host: x',
    'Content-Length: ',
    '3',
    'Transfer-Encoding: chunked',
  ],
  ...[
    'Authorization: Bearer ',
    'eyJ.eyJ.x',
    '> ',
    '0\r\n',
    'ffffffff\r\n',
    ' ',
    ':',
    '\0',
    '\ufeff',
    '{"a":1}',
  ],
)
const anything = fc.oneof(
  fc
    .array(fc.oneof({ weight: 4, arbitrary: word }, fc.string({ unit: 'binary' })))
    .map((parts) => parts.join('')),
  fc.uint8Array({ maxLength: 2000 }),
  fc
    .uint8Array({ maxLength: 200 })
    .map((tail) =>
      Uint8Array.from([...bytes('POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'), ...tail]),
    ),
)

test('any input is read or refused with a typed error', async () => {
  const typed = (error: unknown) => {
    expect(CountersignError.isInstance(error) && error.code).toBe('TOKEN_MALFORMED')
  }
  await fc.assert(
    fc.asyncProperty(anything, async (input) => {
      try {
        parseRawRequest(input)
      } catch (error) {
        typed(error)
      }
      await readRuleInput(input, { now: 0 }).catch(typed)
    }),
    { numRuns },
  )
})

test('a request that was written is read again, whatever its body', () => {
  const name = fc.stringMatching(/^x-[a-z]{1,8}$/)
  const value = fc.stringMatching(/^[!-~]{1,20}$/)
  fc.assert(
    fc.property(fc.uint8Array(), fc.dictionary(name, value), fc.boolean(), (body, headers, crlf) => {
      const end = crlf ? '\r\n' : '\n'
      const head = Object.entries({ ...headers, 'content-length': body.length }).map(
        ([key, text]) => `${key}: ${text}`,
      )
      const text = ['POST /a?b HTTP/1.1', ...head, '', ''].join(end)
      const request = parseRawRequest(Uint8Array.from([...bytes(text), ...body]))
      expect(request.body).toEqual(body)
      for (const [key, text] of Object.entries(headers)) expect(request.headers.get(key)).toBe(text)
    }),
    { numRuns: numRuns / 10 },
  )
})

const mebibyte = 1_048_576
test.each([
  ['of one letter', 'a'.repeat(mebibyte)],
  ['of line ends', '\n'.repeat(mebibyte)],
  ['of empty > lines', '> \n'.repeat(mebibyte / 3)],
  ['of spaces', `GET ${' '.repeat(mebibyte)}`],
  ['of headers', `GET / HTTP/1.1\n${'a: b\n'.repeat(mebibyte / 5)}`],
  ['of folded lines', `GET / HTTP/1.1\na: b\n${' c\n'.repeat(mebibyte / 3)}`],
  ['of chunks', `GET / HTTP/1.1\nTransfer-Encoding: chunked\n\n${'1\na\n'.repeat(mebibyte / 4)}0\n\n`],
  [
    'of brackets in its body',
    `POST /v1 HTTP/1.1\nAuthorization: Bearer e30.e30.x\n\n${'['.repeat(mebibyte)}`,
  ],
  [
    'of JSON',
    `POST /v1 HTTP/1.1\nAuthorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.x\n\n[${'1,'.repeat(400_000)}1]`,
  ],
  ['of dots', '.'.repeat(mebibyte)],
  ['of quotation marks', '"'.repeat(mebibyte)],
])('a text of 1 MiB %s is answered', async (_what, text) => {
  const outcome = await readRuleInput(text, { now: 0 }).catch((error: unknown) => error)
  if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'TOKEN_MALFORMED' })
})
