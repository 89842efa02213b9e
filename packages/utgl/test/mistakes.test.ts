import { createHash } from 'node:crypto'
import { readRuleInput } from '@countersign/core/explain'
import { explain } from '@countersign/core/provider'
import { fixedKeys, suiteKeys } from '@countersign/fixtures'
import {
  createFixedClock,
  describeMistakes,
  handMadeJwt,
  hmacSignature,
  noSignature,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { utglProvider as provider } from '../src/utgl-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const now = createFixedClock().now()
const seconds = now / 1000
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
const jsonHeaders = { 'content-type': 'application/json' }
const post = (body: string) => ({ method: 'POST', body, headers: jsonHeaders })

const { idsOf, mistakesOf, sent, spoiled } = describeMistakes({
  keys: suiteKeys,
  provider,
  options: { accessKey: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', privateKey },
  calls: [
    ...['accounts?pageSize=2&q=a%20b', 'ping?', 'a//b/%2F;c?x=1&x=2#part'].map((path) => ({ path })),
    { init: post('{"hello":"world"}') },
  ],
  wrongClaims: [
    [
      'iat and exp in milliseconds',
      { iat: now, exp: now + 25_000 },
      'jwt.milliseconds',
      /^iat and exp are in milliseconds/,
    ],
    [
      'microseconds, as of Python and PHP',
      { iat: now * 1e3, exp: now * 1e3 + 25e6 },
      'jwt.milliseconds',
      /^iat and exp are in microseconds \(1767323045000000\)/,
    ],
    ['nanoseconds, as of Go', { iat: seconds, exp: now * 1e6 }, 'jwt.milliseconds', /^exp is in nanoseconds/],
    ['exp that no unit explains', { exp: 1e300 }, 'jwt.milliseconds', /^exp is not a date in any unit/],
    ['exp in milliseconds', { exp: now + 25_000 }, 'jwt.milliseconds', /^exp is in milliseconds/],
    [
      'times as texts',
      { iat: `${seconds}`, exp: `${seconds + 25}` },
      'jwt.time-as-text',
      /^iat and exp are strings/,
    ],
    ['a lifetime of 30 s', { iat: seconds, exp: seconds + 30 }, 'utgl.thirty-seconds', /less than 30 s/],
    [
      '25 000 s of life',
      { iat: seconds, exp: seconds + 25_000 },
      'jwt.lifetime-in-milliseconds',
      /looks like 25 s/,
    ],
    ['25 ms of life', { iat: seconds, exp: seconds }, 'jwt.born-expired', /the same as iat/],
    ['an end before the beginning', { iat: seconds, exp: seconds - 9 }, 'jwt.born-expired', /before iat/],
    ['a clock 40 s ahead', { iat: seconds + 40, exp: seconds + 65 }, 'clock.ahead', /40 s in the future/],
    [
      'local time 9 h ahead',
      { iat: seconds + 32_395, exp: seconds + 32_420 },
      'clock.time-zone',
      /9 h ahead/,
    ],
    [
      'an end 2 min ago',
      { iat: seconds - 145, exp: seconds - 120 },
      'clock.expired',
      /expired 2 min ago, after a lifetime of 25 s/,
    ],
    [
      'method in lower case',
      { method: 'get' },
      'jwt.letter-case',
      /method is "get": it must be exactly "GET"/,
    ],
    [
      'an access key with a line break',
      { sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd\n' },
      'jwt.white-space',
      /^sub has white space/,
    ],
    [
      'an access key in quotation marks',
      { sub: '"6e33a078-99ed-4aa1-8e67-b0e19e9475fd"' },
      'jwt.white-space',
      /^sub has white space/,
    ],
    ['a body in Base64', { body: createHash('sha256').digest('base64') }, 'utgl.body-not-hex', /in Base64/],
    ['the body itself', { body: '{"a":1}' }, 'utgl.body-not-hex', /must be the hash/],
    [
      'a hash in upper case',
      { body: sha256('').toUpperCase() },
      'jwt.letter-case',
      /^body is .* must be exactly/,
    ],
  ],
})

test.each([
  ['https://access.utgl.io/v1/ping', /full URL/],
  ['ping', /does not begin with/],
])('a token for the uri %s is recognised without the request', async (uri, sentence) => {
  const { token } = await spoiled({ uri })
  expect(await mistakesOf(token)).toMatchObject([
    { id: 'utgl.uri-is-address', sentence: expect.stringMatching(sentence) },
  ])
})

test.each([
  ['accounts?pageSize=2', '/v1/accounts', 'the path without its query'],
  ['accounts?q=a%20b', '/v1/accounts?q=a+b', 'with + for spaces'],
  ['accounts?q=a+b', '/v1/accounts?q=a%20b', 'the query encoded anew'],
  ['accounts?b=1&a=2', '/v1/accounts?a=2&b=1', 'the query sorted'],
  ['accounts?q=caf%C3%A9', '/v1/accounts?q=café', 'decoded'],
  ['accounts?q=a%20b', '/v1/accounts?q=a%2520b', 'encoded twice'],
  ['accounts/', '/v1/accounts', 'without the slash'],
  ['accounts', '/v1/accounts/', 'with a slash'],
  ['accounts?a=1', '/accounts?a=1', 'without its beginning'],
  ['accounts', 'https://access.utgl.io/v1/accounts', 'the whole address'],
])('a request to %s that was signed over %s is explained', async (path, uri, words) => {
  const { raw } = await spoiled({ uri }, { path })
  expect(await mistakesOf(raw)).toMatchObject([
    { id: 'request.target-rewritten', sentence: expect.stringContaining(words) },
  ])
})

const body = { name: 'Zoë', list: [1, 2.5, true, null], empty: {}, none: [], deep: { b: 1, a: 'x' } }
const compact = JSON.stringify(body)
const spaced =
  '{"name": "Zo\\u00eb", "list": [1, 2.5, true, null], "empty": {}, "none": [], "deep": {"b": 1, "a": "x"}}'

test.each([
  [
    'json.dumps of Python',
    spaced,
    compact,
    /with spaces, as Python's json.dumps writes it, letters beyond ASCII/,
  ],
  ['json.dumps without escapes', spaced.replace('\\u00eb', 'ë'), compact, /json.dumps writes it:/],
  ['JSON.stringify', compact, spaced, /compact, as JSON.stringify writes it:/],
  ['lines of two spaces', JSON.stringify(body, null, 2), compact, /indented by 2 spaces:/],
  ['lines of four spaces', JSON.stringify(body, null, 4), compact, /indented by 4 spaces:/],
  ['lines of tabs', JSON.stringify(body, null, '\t'), compact, /indented by tabs:/],
  [
    'sorted keys',
    '{"deep":{"a":"x","b":1},"empty":{},"list":[1,2.5,true,null],"name":"Zoë","none":[]}',
    compact,
    /sorted keys, compact/,
  ],
  ['a line break too many', `${compact}\n`, compact, /with a trailing line break/],
  ['a line break too few', compact, `${compact}\n`, /without its trailing line break/],
  [
    'two spaces and a line break',
    `${JSON.stringify(body, null, 2)}\n`,
    compact,
    /2 spaces, and a trailing line break/,
  ],
  [
    'CRLF',
    JSON.stringify(body, null, 2).replaceAll('\n', '\r\n'),
    JSON.stringify(body, null, 2),
    /CRLF for LF/,
  ],
  ['no body', '', compact, /no body at all/],
])('a body that was hashed as %s and sent otherwise is named', async (_what, hashed, wire, sentence) => {
  const { raw } = await spoiled({ body: sha256(hashed) }, { init: post(wire) })
  expect(await mistakesOf(raw)).toMatchObject([
    {
      id: 'request.body-rewritten',
      sentence: expect.stringMatching(sentence),
      source: expect.stringContaining('utgl'),
    },
  ])
})

test('a different body is not reported as rewritten, nor is one that is not JSON', async () => {
  for (const wire of [compact, 'a=b', '[1', '\ufeff"x"']) {
    const { raw } = await spoiled({ body: sha256('another') }, { init: post(wire) })
    expect(await idsOf(raw)).toEqual([])
  }
})

test('a request whose method was changed on the way is named', async () => {
  const { raw } = await spoiled({ method: 'POST' })
  expect(await mistakesOf(raw)).toMatchObject([
    { id: 'request.method-changed', sentence: expect.stringMatching(/"GET", but signed for POST/) },
  ])
})

test.each([
  ['as it is in the file', (pem: string) => pem],
  ['without its last line break', (pem: string) => pem.trim()],
  ['with CRLF', (pem: string) => pem.replaceAll('\n', '\r\n')],
])('HS256 with the public key %s as the secret is proved when the key is given', async (_what, change) => {
  const { header, claims } = await sent()
  const token = handMadeJwt({ ...header, alg: 'HS256' }, claims, hmacSignature(change(publicKey)))
  expect(await idsOf(token, publicKey)).toEqual(['jwt.public-key-as-secret'])
  expect(await idsOf(`Bearer ${token}`, publicKey)).toEqual(['jwt.public-key-as-secret'])
  expect(await idsOf(token)).toEqual(['jwt.symmetric-algorithm'])
  expect(await idsOf(token, fixedKeys.otherRsa2048.publicKey)).toEqual(['jwt.symmetric-algorithm'])
})

test('a token that is not signed is named', async () => {
  const { header, claims } = await sent()
  expect(await idsOf(handMadeJwt({ ...header, alg: 'none' }, claims, noSignature))).toEqual(['jwt.unsigned'])
})

test.each([
  ['empty', 'jwt.unsigned', () => ''],
  ['padded', 'jwt.signature-spelling', (signature: string) => `${signature}==`],
  ['of another alphabet', 'jwt.signature-spelling', (signature: string) => `+/${signature.slice(2)}`],
])('a signature that is %s cannot hold, whatever the key is', async (_what, id, spell) => {
  const { token } = await sent()
  const spoilt = token.replace(/[^.]*$/, spell)
  for (const key of [undefined, publicKey]) {
    expect(await idsOf(spoilt, key)).toEqual([id])
    const ruleInput = await readRuleInput(spoilt, { now, provider, publicKey: key })
    const broken = explain(provider.rules, ruleInput).filter(({ kept }) => kept === false)
    expect(broken.map((verdict) => verdict.id)).toEqual(['utgl.signature'])
  }
})

test.each([
  ['Token', /says "Token": this token needs the scheme Bearer/],
  ['Bearer Bearer', /says "Bearer Bearer": this token needs the scheme Bearer/],
  ['JWT', /says "JWT": this token needs the scheme Bearer/],
])('Authorization: %s is named', async (scheme, sentence) => {
  const { raw, token } = await sent()
  const wanted = [{ id: 'request.scheme', sentence: expect.stringMatching(sentence) }]
  expect(await mistakesOf(raw.replace('Bearer', scheme))).toMatchObject(wanted)
  expect(await mistakesOf(`Authorization: ${scheme} ${token}`)).toMatchObject(wanted)
})

test('two Authorization headers are named, and the last of them is judged', async () => {
  const { raw, token } = await sent()
  const line = `Authorization: Bearer ${token}`
  for (const twice of [
    raw.replace(/^authorization:/im, `Authorization: Basic dTpw\r\n$&`),
    raw.replace(/^authorization:/im, `${line}\r\n$&`),
  ])
    expect(await mistakesOf(twice)).toMatchObject([
      {
        id: 'request.authorization-twice',
        sentence: expect.stringMatching(/^The request has 2 Authorization headers/),
      },
    ])
})

test('a token without any scheme in its header is named', async () => {
  const { raw } = await sent()
  expect(await mistakesOf(raw.replace('Bearer ', ''))).toMatchObject([
    { id: 'request.scheme', sentence: expect.stringContaining('has no scheme') },
  ])
})
