import { describe, expect, test } from 'vitest'
import { readRuleInput } from '../src/explain/index.ts'
import { failureOf } from './fake-provider.ts'

const now = 0

async function sent(command: string) {
  const { request } = await readRuleInput(command, { now })
  if (request === undefined) throw new Error('not read as a request')
  const { method, target, headers, body } = request
  return { method, target, headers: Object.fromEntries(headers), body: new TextDecoder().decode(body) }
}

const post = {
  method: 'POST',
  target: '/v1/ping?a=1&b=%20',
  headers: {
    host: 'access.utgl.io',
    authorization: 'Bearer abc.def',
    'content-type': 'application/json',
  },
  body: '{"hello":"it\'s"}',
}

describe('a curl command is read as the request that it sends', () => {
  test.each([
    [
      'as a document writes it',
      `curl -X POST 'https://access.utgl.io/v1/ping?a=1&b=%20#part' \\\n  -H 'Authorization: Bearer abc.def' \\\n  -H "Content-Type: application/json" \\\n  -d '{"hello":"it'\\''s"}'`,
    ],
    [
      'behind a prompt, with the options run together',
      `$ curl -sSL -XPOST -H"Authorization: Bearer abc.def" -HContent-Type:application/json --data-binary "{\\"hello\\":\\"it's\\"}" https://access.utgl.io/v1/ping?a=1\\&b=%20 | jq .`,
    ],
    [
      'as a browser copies it for bash',
      `curl 'https://access.utgl.io/v1/ping?a=1&b=%20' \\\n  -H 'authorization: Bearer abc.def' \\\n  -H 'content-type: application/json' \\\n  --data-raw $'{"hello":"it\\'s"}' ;`,
    ],
    [
      'as a browser copies it for cmd',
      `curl ^"https://access.utgl.io/v1/ping?a=1^&b=^%^20^" ^\r\n  -H ^"authorization: Bearer abc.def^" ^\r\n  -H ^"content-type: application/json^" ^\r\n  --data-raw ^"^{^\\^"hello^\\^":^\\^"it's^\\^"^}^"`,
    ],
    [
      'as it is written in PowerShell',
      `PS C:\\Users\\me> curl.exe --request POST \`\n  --url "https://access.utgl.io/v1/ping?a=1&b=%20" \`\n  --header 'Authorization: Bearer abc.def' \`\n  --header "Content-Type: application/json" \`\n  --data '{\\"hello\\":\\"it''s\\"}'`,
    ],
    [
      'with --json',
      `curl --json '{"hello":"it'"'"'s"}' -H 'accept;' -H 'Authorization: Bearer abc.def' "https://user:pass@ACCESS.utgl.io/v1/ping?a=1&b=%20"`,
    ],
  ])('%s', async (_what, command) => {
    const { headers, ...rest } = await sent(command)
    const { accept: _accept, ...others } = headers
    expect({ ...rest, headers: others }).toEqual(post)
  })

  test.each<[string, string, object]>([
    ['curl example.com', 'a GET of the root', { method: 'GET', target: '/', body: '' }],
    ['curl -I http://example.com/a', 'HEAD', { method: 'HEAD', target: '/a' }],
    [
      'curl -d a=1 -d b=2 example.com/token',
      'a form',
      { method: 'POST', body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [
      'curl -G -d a=1 --data-urlencode "b=x y&z" example.com/q',
      'a query',
      { target: '/q?a=1&b=x%20y%26z', body: '' },
    ],
    ['curl example.com/q?a=1 --url-query b=2', 'more query', { target: '/q?a=1&b=2' }],
    ['curl -u me:you example.com', 'Basic', { headers: { authorization: 'Basic bWU6eW91' } }],
    ['curl --oauth2-bearer abc example.com', 'Bearer', { headers: { authorization: 'Bearer abc' } }],
    [
      'curl -X PATCH -o out.json -m 5 --proxy http://p:1 example.com/x > y',
      'its URL alone',
      { method: 'PATCH', target: '/x' },
    ],
    ['curl example.com -H "X-A: 1" -H "X-A: 2"', 'a header twice', { headers: { 'x-a': '1, 2' } }],
    ['curl example.com --data-raw @not-a-file', 'an @ that is data', { body: '@not-a-file' }],
    ["curl example.com -d $'a\\u00fc\\n\\x41'", 'escapes of bash', { body: 'aü\nA' }],
  ])('%s is %s', async (command, _what, expected) => {
    expect(await sent(command)).toMatchObject(expected)
  })

  test.each([
    ['curl -H "Authorization: Bearer $TOKEN" https://example.com', 'variable'],
    ['curl -H "Authorization: Bearer $(countersign token cdata)" example.com', 'variable'],
    ['curl example.com -d @body.json', 'from a file'],
    ['curl example.com -T body.json', 'from a file'],
    ['curl example.com -F a=b', 'multipart'],
    ['curl -K config example.com', 'from a file'],
    ['curl -s', 'no URL'],
    ['curl example.com -H', 'no value'],
    ["curl 'example.com", 'not closed'],
  ])('%s says what cannot be read: %s', async (command, words) => {
    expect(await failureOf(readRuleInput(command, { now }))).toMatchObject({
      code: 'TOKEN_MALFORMED',
      message: expect.stringContaining(words),
    })
  })
})

// Where a pattern is quadratic, each of these takes minutes.
test.each([
  [
    'line ends within a body',
    `POST /x HTTP/1.1\nAuthorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.x\n\n${'\n'.repeat(1_000_000)}x`,
  ],
  ['spaces in an Authorization line', `Authorization: Bearer ${' '.repeat(1_000_000)}x`],
  ['spaces in a request line', `GET /${' '.repeat(60_000)}x HTTP/1.1\n`],
  ['question marks in a target', `GET /${'?'.repeat(60_000)} HTTP/1.1\n`],
  ['quotation marks of a command', `curl ${'"a"'.repeat(300_000)}`],
  ['line ends of a command', `curl example.com ${'\\\n '.repeat(300_000)}-X POST`],
  ['carets', `curl ^"example.com^" ${'^'.repeat(500_000)}`],
  ['a token of dots', `Bearer eyJhbGciOiJSUzI1NiJ9.${'.'.repeat(60_000)}`],
])('%s: reading takes time in proportion to the length', async (_what, text) => {
  const outcome = await readRuleInput(text, { now }).catch((error: { code: string }) => error.code)
  expect(['object', 'string']).toContain(typeof outcome)
})
