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
  /** The title of the provider that is guessed. */
  provider: string
  /** A rule or a mistake that must be named; `undefined` when nothing is wrong. */
  named?: string
}

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

/** Twenty things that people paste. */
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
    },
    {
      what: 'a token under the wrong word',
      text: `Bearer ${tokenOf(victor)}`,
      provider: 'Victor',
      named: 'victor.scheme',
    },
    { what: 'a request under the right word', text: victor, provider: 'Victor' },
    { what: 'credentials in JSON', text: paymentsGate, provider: 'PaymentsGate' },
    {
      what: 'a list that is a text',
      text: connections,
      provider: 'CData Connect AI Embed',
      named: 'cdata.connection-ids',
    },
    {
      what: 'milliseconds for seconds',
      text: `Bearer ${milliseconds}`,
      provider: 'CData Connect AI Embed',
      named: 'cdata.times',
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
    },
  ]
}
