import { cdataProvider } from '@countersign/cdata/provider'
import { importSigningKey, type JwtClaims, type Provider, signJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { paymentsGateProvider } from '@countersign/paymentsgate/provider'
import { speedaProvider } from '@countersign/speeda/provider'
import { utglProvider } from '@countersign/utgl/provider'
import { victorProvider } from '@countersign/victor/provider'

/** A pasted text, and what the page must say about it. */
export interface Sample {
  what: string
  text: string
  /** The title of the provider that is guessed; `undefined` where there is none. */
  provider?: string
  /** A rule that must be shown as broken; `undefined` when nothing is wrong. */
  named?: string
  /** The whole result, where it is not that every rule is kept. */
  headline?: string
}

const instead =
  'Pass a token, an Authorization line, an HTTP request, a curl command, the output of curl -v, or the JSON of an error.'

const { privateKey } = fixedKeys.rsa2048

/** The first request that an adapter makes, as text. */
async function firstRequest(
  provider: Provider,
  options: Readonly<Record<string, unknown>>,
  path: string,
  init: RequestInit = {},
): Promise<string> {
  const made: Request[] = []
  const auth = provider.create({
    ...options,
    fetch: async (input: RequestInfo | URL, given?: RequestInit) => {
      made.push(new Request(input, given))
      return new Response(null, { status: 403 })
    },
  })
  const base = Object.values(provider.baseUrls)[0] ?? ''
  await auth.fetch(`${base}/${path}`, init).catch(() => undefined)
  const [request] = made
  if (request === undefined) throw new Error('The adapter made no request.')
  const { pathname, search, host } = new URL(request.url)
  const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`)
  const head = [`${request.method} ${pathname}${search} HTTP/1.1`, `host: ${host}`, ...headers]
  return `${head.join('\r\n')}\r\n\r\n${await request.text()}`
}

const authorizationOf = (request: string) => /^authorization: (.*)$/im.exec(request)?.[1] ?? ''
const tokenOf = (request: string) => authorizationOf(request).split(' ')[1] ?? ''

async function signed(alg: 'RS256' | 'RS512', claims: JwtClaims): Promise<string> {
  const key = await importSigningKey(privateKey, { algorithm: alg })
  return signJwt(key, { header: { alg, typ: 'JWT' }, claims })
}

/** Text in quotes as Chrome writes it for cmd. */
function toCmd(text: string): string {
  return text.replaceAll('"', '^\\^"').replace(/[{}]/g, '^$&')
}

/** What people paste: tokens, header lines, requests, curl commands and their output, responses, and other texts. */
export async function createSamples(): Promise<Sample[]> {
  const now = Math.floor(Date.now() / 1000)
  const accessKey = '00000000-0000-4000-8000-000000000000'
  const speeda = await firstRequest(
    speedaProvider,
    { clientId: 'example-client', keyId: 'example-key', privateKey },
    'private-company/v1/companies',
  )
  const cdata = await firstRequest(
    cdataProvider,
    { accountId: 'example', privateKey },
    'poweredby/account/list',
  )
  const utgl = await firstRequest(utglProvider, { accessKey, privateKey }, 'ping', {
    method: 'POST',
    body: '{"hello":"world"}',
    headers: { 'content-type': 'application/json' },
  })
  const victor = await firstRequest(
    victorProvider,
    { apiKey: accessKey, privateKey, environment: 'production' },
    'v2/accounts',
  )
  const paymentsGate = await firstRequest(
    paymentsGateProvider,
    { accountId: 'example', publicKey: fixedKeys.rsa2048.publicKey, environment: 'sandbox' },
    'deals/1',
  )
  const connections = await signed('RS256', {
    iss: 'example',
    tokenType: 'powered-by',
    connection_ids: '["one"]',
    iat: now,
    exp: now + 180,
  })
  const earlier = await signed('RS256', {
    iss: 'example',
    tokenType: 'powered-by',
    iat: now - 7200,
    exp: now - 7020,
  })
  const milliseconds = await signed('RS256', {
    iss: 'example',
    tokenType: 'powered-by',
    iat: now * 1000,
    exp: (now + 180) * 1000,
  })
  return [
    { what: 'a token request', text: speeda, provider: 'Speeda' },
    { what: 'a bearer token', text: tokenOf(cdata), provider: 'CData Connect AI Embed' },
    {
      what: 'an Authorization line',
      text: `Authorization: ${authorizationOf(utgl)}`,
      provider: 'UTGL Issuing',
    },
    { what: 'a whole request', text: utgl, provider: 'UTGL Issuing' },
    {
      what: 'a request whose body was written anew',
      text: utgl.replace('{"hello":"world"}', '{"hello": "world"}').replace(/^content-length:.*\r\n/im, ''),
      provider: 'UTGL Issuing',
      named: 'utgl.body',
      headline: '1 rule is broken.',
    },
    {
      what: 'a token under the wrong word',
      text: `Bearer ${tokenOf(victor)}`,
      provider: 'Victor',
      named: 'victor.scheme',
      headline: '1 rule is broken.',
    },
    { what: 'a request under the right word', text: victor, provider: 'Victor' },
    { what: 'credentials in JSON', text: paymentsGate, provider: 'PaymentsGate' },
    {
      what: 'a list that is a text',
      text: connections,
      provider: 'CData Connect AI Embed',
      named: 'cdata.connection-ids',
      headline: '1 rule is broken.',
    },
    {
      what: 'milliseconds for seconds',
      text: `Bearer ${milliseconds}`,
      provider: 'CData Connect AI Embed',
      named: 'cdata.times',
      headline: '2 rules are broken.',
    },
    { what: 'a request with line feeds only', text: utgl.replaceAll('\r\n', '\n'), provider: 'UTGL Issuing' },
    { what: 'a header line', text: `authorization: ${authorizationOf(victor)}`, provider: 'Victor' },
    {
      what: 'a curl command',
      text: `curl -H 'Authorization: ${authorizationOf(cdata)}' https://cloud.cdata.com/api/poweredby/account/list`,
      provider: 'CData Connect AI Embed',
    },
    {
      what: 'a curl command with line breaks, from a browser',
      text: `curl 'https://access.utgl.io/v1/ping' \\\n  -X 'POST' \\\n  -H 'authorization: ${authorizationOf(utgl)}' \\\n  -H 'content-type: application/json' \\\n  --data-raw '{"hello":"world"}'`,
      provider: 'UTGL Issuing',
    },
    {
      what: 'a curl command to another path',
      text: `curl -H 'Authorization: ${authorizationOf(utgl)}' https://access.utgl.io/v1/accounts`,
      provider: 'UTGL Issuing',
      named: 'utgl.uri',
      headline: '3 rules are broken.',
    },
    {
      what: 'a token that was wrapped',
      text: tokenOf(utgl).replace(/.{64}/g, '$&\n'),
      provider: 'UTGL Issuing',
    },
    {
      what: 'a header in quotes',
      text: `"Authorization: ${authorizationOf(utgl)}"`,
      provider: 'UTGL Issuing',
    },
    { what: 'a header of curl -v', text: `> authorization: ${authorizationOf(victor)}`, provider: 'Victor' },
    {
      what: 'the request in the output of curl -v',
      text: cdata
        .trimEnd()
        .replace(/^(?=.)/gm, '> ')
        .replaceAll('\r\n', '\n'),
      provider: 'CData Connect AI Embed',
    },
    {
      what: 'a token request with another grant',
      text: speeda.replace('client_credentials', 'password').replace(/^content-length:.*\r\n/im, ''),
      provider: 'Speeda',
      named: 'speeda.grant-type',
      headline: '1 rule is broken.',
    },
    {
      what: 'a curl command that Chrome copied for bash',
      text: `curl 'https://cloud.cdata.com/api/poweredby/account/list' \\\n  -H 'accept: */*' \\\n  -H 'authorization: ${authorizationOf(cdata)}' \\\n  -H 'sec-ch-ua: "Chromium";v="140", "Not A(Brand";v="99"' \\\n  --compressed`,
      provider: 'CData Connect AI Embed',
    },
    {
      what: 'a curl command that Chrome copied for cmd',
      text: `curl ^"https://access.utgl.io/v1/ping^" ^\r\n  -X ^"POST^" ^\r\n  -H ^"authorization: ${authorizationOf(utgl)}^" ^\r\n  -H ^"content-type: application/json^" ^\r\n  --data-raw ^"${toCmd('{"hello":"world"}')}^"`,
      provider: 'UTGL Issuing',
    },
    {
      what: 'a curl command that Firefox copied',
      text: `curl 'https://api.victorfi.com/v2/accounts' --compressed -H 'User-Agent: Mozilla/5.0' -H 'Accept: */*' -H 'Authorization: ${authorizationOf(victor)}' -H 'Sec-Fetch-Mode: cors' -H 'Priority: u=0'`,
      provider: 'Victor',
    },
    {
      what: 'a fetch call that Chrome copied',
      text: `fetch("https://cloud.cdata.com/api/poweredby/account/list", {\n  "headers": {\n    "accept": "*/*",\n    "authorization": "${authorizationOf(cdata)}"\n  },\n  "body": null,\n  "method": "GET"\n});`,
      provider: 'CData Connect AI Embed',
    },
    {
      what: 'the output of curl -v for a refused request, late by this clock and in time by that of the provider',
      text: [
        '*   Trying 192.0.2.1:443...',
        '> GET /api/poweredby/account/list HTTP/1.1',
        '> Host: cloud.cdata.com',
        `> Authorization: Bearer ${earlier}`,
        '>',
        '< HTTP/1.1 401 Unauthorized',
        `< Date: ${new Date((now - 7200) * 1000).toUTCString()}`,
        '< Content-Type: application/json',
        '< x-countersign-rule: cdata.signature',
        '<',
        '{"error":{"code":401,"message":"Unauthorized"}}* Connection #0 to host cloud.cdata.com left intact',
      ].join('\n'),
      provider: 'CData Connect AI Embed',
      named: 'cdata.signature',
      headline: '1 rule is broken.',
    },
    {
      what: 'a token that expired',
      text: earlier,
      provider: 'CData Connect AI Embed',
      named: 'cdata.exp',
      headline: 'The token expired 1 h 57 min ago. 1 rule is broken.',
    },
    {
      what: 'a token that was wrapped after its scheme',
      text: `Token\n${tokenOf(victor).replace(/.{72}/g, '$&\n')}`,
      provider: 'Victor',
    },
    {
      what: 'what curl -i prints',
      text: 'HTTP/2 401\ndate: Fri, 02 Jan 2026 03:04:05 GMT\ncontent-type: application/json\n\n{"error":"invalid_client"}',
      headline:
        'The provider answered with 401: invalid_client. Paste the request too, to judge it by every rule.',
    },
    {
      what: 'the JSON of an error',
      text: '{"error":"invalid_grant","error_description":"The refresh token was used."}',
      headline:
        'The provider answered with an error: invalid_grant. Paste the request too, to judge it by every rule.',
    },
    {
      what: "somebody else's JWT",
      text: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln',
      headline: 'This does not look like a JWT of a known provider.',
    },
    {
      what: 'a JWE',
      text: 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13g.48V1_ALb6US0.5eym8TW_c8SuK0lt.XFBoMYUZodetZdv',
      headline:
        'This is an encrypted JWT (JWE): only the holder of its key can read it. Pass a signed JWT: three parts, separated by dots.',
    },
    {
      what: 'a token that was cut off',
      text: tokenOf(cdata).slice(0, 70),
      headline:
        'The token has 2 parts, not three: it was cut off. Copy the whole token, up to its last character.',
    },
    {
      what: 'a text',
      text: 'hello world',
      headline: `This is text, not a token, an Authorization header or an HTTP request. ${instead}`,
    },
    {
      what: 'the JSON of a token endpoint, with two tokens',
      text: JSON.stringify({ access_token: tokenOf(cdata), refresh_token: tokenOf(victor) }),
      headline: 'The text holds 2 tokens. Pass one of them.',
    },
    {
      what: 'a private key',
      text: privateKey,
      headline:
        'This is a private key, not a token. It is not needed here. It was taken out of the field. Keep it secret. To check a signature, pass the registered public key beside the token.',
    },
    {
      what: 'a public key',
      text: fixedKeys.rsa2048.publicKey,
      headline:
        'This is a key, not a token. It is not needed here. Pass the token or the request. To check its signature, pass the registered public key beside it.',
    },
  ]
}
