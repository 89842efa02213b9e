import { fixedKeys } from '@countersign/fixtures'
import { handMadeJwt, rsaSignature } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { diagnose, readResponse, readRuleInput, ruleNamedBy } from '../src/explain/index.ts'
import type { Provider } from '../src/index.ts'
import type { Rule } from '../src/provider/index.ts'
import { failureOf } from './fake-provider.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const date = 'Fri, 02 Jan 2026 03:00:00 GMT'
const token = handMadeJwt(
  { alg: 'RS256', typ: 'JWT' },
  { iss: 'a', iat: now / 1000, exp: now / 1000 + 60 },
  rsaSignature(fixedKeys.rsa2048.privateKey),
)
const body = '{"error":"invalid_client","error_description":"Unknown client."}'

const trace = `$ curl -v https://api.example/v1/ping
*   Trying 192.0.2.1:443...
> GET /v1/ping HTTP/2
> Host: api.example
> Authorization: Bearer ${token}
>
{ [5 bytes data]
< HTTP/2 401
< date: ${date}
< content-type: application/json
<
{ [64 bytes data]
${body}* Connection #0 to host api.example left intact
`
const included = `HTTP/1.1 401 Unauthorized\r\nDate: ${date}\r\nContent-Type: application/json\r\n\r\n${body}\r\n`

const fakeProvider: Provider<'token'> = {
  ...{ id: 'fake', title: 'Fake', summary: '', docs: '', fields: {}, credentialSets: [], rules: [] },
  ...{ algorithm: 'RS256', baseUrls: { production: 'https://fake.example/v1' }, basePath: '/v1' },
  ...{ proof: 'token', example: { method: 'GET', path: 'x' } },
  create: () => {
    throw new Error('not used')
  },
}

describe('readResponse', () => {
  test.each<[string, string, boolean, string]>([
    ['the output of curl -v', trace.replace(/^\$.*\n/, ''), false, ''],
    ['a command and the output of curl -v', trace, false, ''],
    ['what curl -i prints', included, true, 'Unauthorized'],
    [
      'a command and what curl -i prints',
      `$ curl -i https://api.example\n${included}`,
      false,
      'Unauthorized',
    ],
    ['a request and its response', `GET /v1/ping HTTP/1.1\nHost: x\n\n${included}`, false, 'Unauthorized'],
    [
      'a response after that of a proxy, and after an interim one',
      `HTTP/1.1 200 Connection established\n\nHTTP/1.1 100 Continue\n\n${included}`,
      true,
      'Unauthorized',
    ],
    ['only the marked lines of a response', trace.slice(trace.indexOf('< HTTP')), true, ''],
  ])('reads status, clock and error of %s', (_what, text, isAlone, reason) => {
    for (const input of [text, new TextEncoder().encode(text)]) {
      const { headers, ...response } = readResponse(input) ?? {}
      expect(response).toMatchObject({
        ...{ status: 401, reason, isAlone, time: Date.parse(date) },
        error: { code: 'invalid_client', description: 'Unknown client.' },
      })
      expect(headers?.get('content-type')).toBe('application/json')
    }
  })

  test('reads the JSON of an error alone, and a challenge where the body names none', () => {
    expect(readResponse(body)).toMatchObject({ status: undefined, time: undefined, isAlone: true })
    const challenge = 'www-authenticate: Bearer error="invalid_token", error_description="Expired."'
    expect(readResponse(`HTTP/1.1 401\n${challenge}\n\n<p>no</p>`)?.error).toMatchObject({
      code: 'invalid_token',
      description: 'Expired.',
      source: expect.stringContaining('rfc6750'),
    })
  })

  test.each<[string, string, string]>([
    [
      '{"type":"https://x.example/problems/key","title":"No key","status":401}',
      'https://x.example/problems/key',
      '',
    ],
    ['{"errors":[{"code":"E1","detail":"The key is unknown."},{"code":"E2"}]}', 'E1', 'The key is unknown.'],
    ['{"error":{"type":"refused","message":"No."}}', 'refused', 'No.'],
    ['HTTP/1.1 403\n\n{"title":"Forbidden"}', 'Forbidden', ''],
    ['{"message":"Unauthorized"}', '', 'Unauthorized'],
  ])('reads the usual forms of an error: %s', (text, code, description) => {
    expect(readResponse(text)?.error).toMatchObject({ code, description })
  })

  test.each<[string, object | undefined]>([
    ['{"code":401,"message":"Unauthorized"}', undefined],
    [
      '{"error":"Unauthorized","message":"The key is unknown."}',
      { code: '', description: 'The key is unknown.' },
    ],
    ['{"status":401,"code":"E1","message":"Unauthorized"}', { code: 'E1', description: '' }],
  ])('leaves out what only repeats the status line: %s', (text, error) => {
    const response = readResponse(`HTTP/1.1 401 Unauthorized\n\n${text}`)
    expect(
      response?.error === undefined
        ? undefined
        : { code: response.error.code, description: response.error.description },
    ).toEqual(error)
  })

  test('does not call the body of a success an error', () => {
    const body = '{"status":"active","type":"account","title":"Notes","message":"Welcome","code":"A1"}'
    const response = readResponse(`HTTP/1.1 200 OK\n\n${body}`)
    expect(response).toMatchObject({ status: 200, error: undefined })
  })

  test('reads the last of a hundred thousand responses', () => {
    const text = `${'HTTP/1.1 100 Continue\n\n'.repeat(100_000)}${included}`
    expect(readResponse(text)).toMatchObject({ status: 401, error: { code: 'invalid_client' } })
  })

  test.each([
    token,
    `Bearer ${token}`,
    `GET /x HTTP/1.1\nHost: x\n`,
    'hello world',
    '{"access_token":"abc"}',
    '{"type":"page","title":"Notes","status":"draft"}',
    '{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----"}',
    '> GET /x HTTP/1.1\n> Host: x\n',
  ])('finds none in %s', (text) => {
    expect(readResponse(text)).toBeUndefined()
  })

  test('shows no credential that a response repeats', () => {
    const response = readResponse(`{"error":"refused","message":"Authorization: Bearer ${token}"}`)
    expect(response?.error?.description).not.toContain(token.slice(-20))
  })

  test('a response is not read as the body of its request', async () => {
    const post = `POST /v1/x HTTP/1.1\nHost: x\n\n{"a":1}`
    const alone = await readRuleInput(post, { now })
    const answered = await readRuleInput(`${post}\n\n${included}`, { now })
    expect(new TextDecoder().decode(answered.request?.body).trim()).toBe('{"a":1}')
    expect(alone.request?.body.length).toBe(7)
  })

  test('the request for the tunnel of a proxy is not the one that is judged', async () => {
    const tunnel = '> CONNECT api.example:443 HTTP/1.1\n> Host: api.example:443\n>\n< HTTP/1.1 200 OK\n<\n'
    expect((await readRuleInput(tunnel + trace, { now })).request?.target).toBe('/v1/ping')
    expect(readResponse(tunnel + trace.replace(/^\$.*\n/, ''))?.status).toBe(401)
  })
})

test('the body of a request that curl -v shows is taken from the command, or is not known', async () => {
  const data = '{"hello":"world"}'
  const shown = trace.replace('> Host', `> Content-Length: ${data.length}\n> Host`).replace('GET', 'POST')
  const withoutCommand = shown.replace(/^\$.*\n/, '')
  const hidden = await readRuleInput(withoutCommand, { now })
  expect(hidden).toMatchObject({ bodySha256: undefined, fields: undefined })
  expect(hidden.request?.body.length).toBe(data.length)
  const given = await readRuleInput(`$ curl -v https://api.example -d '${data}'\n${withoutCommand}`, { now })
  expect(given.fields).toEqual({ hello: 'world' })
})

describe('ruleNamedBy', () => {
  const rule: Rule = {
    id: 'fake.iss',
    endpoint: 'api',
    severity: 'required',
    requirement: '`iss` must be the client id.',
    source: 'https://docs.example/iss',
    claims: ['iss'],
    check: () => undefined,
    failure: () => '',
  }
  const providers = [{ ...fakeProvider, rules: [rule] }]
  test('knows a rule by the header that an emulator adds', () => {
    const response = readResponse(`HTTP/1.1 401\nx-countersign-rule: fake.iss;found="x"\n\n`)
    expect(response === undefined ? undefined : ruleNamedBy(response, providers)).toEqual({
      provider: providers[0],
      rule,
    })
  })

  test.each([
    'HTTP/1.1 401\nx-countersign-rule: fake.issuer\n\n',
    '{"error":"refused","message":"See fake.iss."}',
    '{"code":"X","message":"`iss` was 1. `iss` must be the client id."}',
  ])('decides nothing by the words of a response: %j', (text) => {
    const response = readResponse(text)
    expect(response === undefined ? '' : ruleNamedBy(response, providers)).toBeUndefined()
  })
})

describe('a token that was wrapped', () => {
  const lines = token.replace(/(.{64})/g, '$1\n')
  test.each([
    ['alone', lines, undefined],
    ['with CRLF', lines.replaceAll('\n', '\r\n'), undefined],
    ['quoted in a mail', `> ${lines.replaceAll('\n', '\n> ')}`, undefined],
    ['in quoted-printable', lines.replaceAll('\n', '=\n'), undefined],
    ['after its scheme', `Bearer ${lines}`, 'Bearer'],
    ['below its scheme', `Token\n${lines}`, 'Token'],
    ['in a header among others', `Host: x\nAuthorization: Bearer ${lines}\nAccept: */*`, 'Bearer'],
    ['in a request', `GET /x HTTP/1.1\nAuthorization: Bearer ${lines}\nHost: x\n\n`, 'Bearer'],
    ['in a curl command', `curl https://x.example -H 'Authorization: Bearer ${lines}' -s`, 'Bearer'],
    ['in a trace', trace.replace(token, lines), 'Bearer'],
  ])('is put together %s, and a note says so', async (_where, text, scheme) => {
    const input = await readRuleInput(text, { now, provider: fakeProvider })
    expect(input).toMatchObject({ scheme, hadLineBreaks: true, jwt: { claims: { iss: 'a' } } })
    expect(input.signatureFault).toBeUndefined()
    expect(diagnose(fakeProvider, input).filter(({ id }) => id === 'jwt.line-breaks')).toMatchObject([
      { severity: 'advised' },
    ])
  })

  test('gets its note after the mistakes for which a request is refused', async () => {
    const late = handMadeJwt(
      { alg: 'RS256', typ: 'JWT' },
      { iat: now, exp: now + 60_000 },
      rsaSignature(fixedKeys.rsa2048.privateKey),
    )
    const input = await readRuleInput(late.replace(/(.{64})/g, '$1\n'), { now, provider: fakeProvider })
    expect(diagnose(fakeProvider, input).map(({ id }) => id)).toEqual(['jwt.milliseconds', 'jwt.line-breaks'])
  })

  test('gets no note when it is on one line, and a body is never changed', async () => {
    expect((await readRuleInput(`Bearer ${token}`, { now })).hadLineBreaks).toBeUndefined()
    const { request } = await readRuleInput(`POST /x HTTP/1.1\nHost: x\n\n${lines}`, { now })
    expect(new TextDecoder().decode(request?.body)).toBe(lines)
  })
})

test('a JWE and a token that was cut off are called what they are', async () => {
  expect(await failureOf(readRuleInput('eyJhbGciOiJSU0EifQ.a.b.c.d', { now }))).toMatchObject({
    problem: 'This is an encrypted JWT (JWE): only the holder of its key can read it.',
  })
  expect(await failureOf(readRuleInput(token.slice(0, 50), { now }))).toMatchObject({
    problem: 'The token has 2 parts, not three: it was cut off.',
    hint: 'Copy the whole token, up to its last character.',
  })
})

describe('the one JWT in a text', () => {
  const other = handMadeJwt({ alg: 'none' }, {}, () => '')

  test.each<[string, string, string | undefined]>([
    [
      'the JSON of a token endpoint',
      JSON.stringify({ access_token: token, token_type: 'Bearer' }),
      undefined,
    ],
    ['the same in lines', JSON.stringify({ access_token: token, expires_in: 300 }, null, 2), undefined],
    ['a line of a log', `2026-01-02T03:04:05Z DEBUG sent Authorization: Bearer ${token}.`, 'Bearer'],
    [
      'a program',
      `await fetch("https://api.example/", {\n  "headers": {\n    "authorization": "Token ${token}"\n  }\n})`,
      'Token',
    ],
    ['an object that was printed', `{\n  authorization: 'Bearer ${token}',\n}`, 'Bearer'],
    ['a variable', `TOKEN=${token}`, undefined],
    ['a cookie', `session=${token}; Path=/; HttpOnly`, undefined],
    ['an address', `https://app.example/callback?access_token=${token}&state=1`, undefined],
    ['a text that has it twice', `Was ${token}\nand is ${token}, too`, undefined],
  ])('is found in %s', async (_what, text, scheme) => {
    expect(readResponse(text)).toBeUndefined()
    const input = await readRuleInput(text, { now })
    expect(input).toMatchObject({ scheme, credential: 'jwt', jwt: { claims: { iss: 'a' } } })
    expect(input.signatureFault).toBeUndefined()
  })

  test('is not judged beside a private key', async () => {
    const both = `${token}\n${fixedKeys.rsa2048.privateKey}`
    expect(await failureOf(readRuleInput(both, { now }))).toMatchObject({
      problem: 'This is a private key, not a token. It is not needed here.',
    })
  })

  test('is not chosen from several', async () => {
    expect(await failureOf(readRuleInput(`First ${token} and then ${other}`, { now }))).toMatchObject({
      problem: 'The text holds 2 tokens.',
      hint: 'Pass one of them.',
    })
  })
})

describe('a text without a token', () => {
  test.each(['hello world', 'hello', 'hello\nworld', 'The API says no.', 'Dear all,\nit does not work'])(
    '%j is refused with what can be passed instead',
    async (text) => {
      expect(await failureOf(readRuleInput(text, { now }))).toMatchObject({
        problem: 'This is text, not a token, an Authorization header or an HTTP request.',
        hint: expect.stringContaining('a curl command, the output of curl -v'),
      })
    },
  )

  test.each([
    ['a private key', fixedKeys.rsa2048.privateKey],
    ['a key', fixedKeys.rsa2048.publicKey],
    ['a private key', JSON.stringify({ private_key: fixedKeys.rsa2048.privateKey })],
  ])('%s is not needed, and not repeated', async (what, text) => {
    const failure = (await failureOf(readRuleInput(text, { now }))) as Error & {
      problem: string
      hint: string
    }
    expect(failure.problem).toBe(`This is ${what}, not a token. It is not needed here.`)
    expect(failure.message + failure.hint).not.toMatch(/[\w+/]{30}/)
  })
})
