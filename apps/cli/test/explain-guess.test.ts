import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import {
  createFixedClock,
  createRoutedFetch,
  handMadeJwt,
  rsaSignature,
  startRecordingServer,
  toRawHttp,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { loadProvider, loadProviders, type ProviderId } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const uuid = '6e33a078-99ed-4aa1-8e67-b0e19e9475fd'
const opaque = 'an-opaque-access-token-000000000000000'

const options: Record<string, [ProviderId, object]> = {
  speeda: ['speeda', { clientId: 'example-client', keyId: 'example-key', privateKey }],
  cdata: [
    'cdata',
    { accountId: 'example-account', subAccountId: 'child', connectionIds: ['c1'], privateKey },
  ],
  utgl: ['utgl', { accessKey: uuid, privateKey }],
  victor: ['victor', { environment: 'production', apiKey: uuid, privateKey }],
  staging: ['victor', { environment: 'staging', apiKey: uuid, privateKey, lifetimeSeconds: 3600 }],
  oauth: ['victor', { environment: 'production', clientId: 'example-client', clientSecret: opaque }],
  paymentsgate: [
    'paymentsgate',
    { environment: 'sandbox', accountId: 'example', publicKey: fixedKeys.rsa2048.publicKey },
  ],
}

/** What each adapter really sends for one GET, token call first, as raw HTTP at the documented addresses. */
async function recorded(name: string): Promise<{ id: ProviderId; requests: string[]; tokens: string[] }> {
  const [id, given] = options[name] as [ProviderId, object]
  await using server = await startRecordingServer(() => ({
    body: JSON.stringify({
      access_token: opaque,
      token_type: 'Bearer',
      refresh_token: `${opaque}-2`,
      ...{ expires_in: 300, expires: clock.now() + 3_600_000 },
    }),
  }))
  const routed = createRoutedFetch(server.url)
  const provider = await loadProvider(id)
  const { example, baseUrls } = provider
  const environment = (given as { environment?: string }).environment ?? 'production'
  const auth = provider.create({ ...given, clock, fetch: routed.fetch })
  await auth.fetch(`${baseUrls[environment]}/${example.path}`, { method: example.method })
  const requests = server.requests.map((request, index) =>
    toRawHttp(request, new URL(routed.urls[index] ?? '').host).toString('latin1'),
  )
  return {
    id,
    requests,
    tokens: requests.flatMap((request) => request.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []),
  }
}

interface Explained {
  provider: string
  guessedBy: string | null
  rules: { id: string; kept: boolean | null }[]
  mistakes: { id: string }[]
}

async function explained(stdin: string, ...argv: string[]): Promise<Explained & { exitCode: number }> {
  const { stdout, stderr, exitCode } = await runCommand(['explain', ...argv, '-', '--json'], { stdin, clock })
  if (stdout === '') throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Explained), exitCode }
}

const elsewhere = (request: string) => request.replace(/^host: .*$/im, 'host: gateway.example')

test.each(Object.keys(options))(
  'what %s sends is known by its address, and keeps every rule',
  async (name) => {
    const { id, requests } = await recorded(name)
    expect(requests.length).toBeGreaterThan(0)
    for (const request of requests) {
      for (const text of [request, request.replaceAll('\r\n', '\n')]) {
        const { provider, guessedBy, rules, mistakes, exitCode } = await explained(text)
        expect({ provider, guessedBy, mistakes, exitCode }).toEqual({
          provider: id,
          guessedBy: 'address',
          mistakes: [],
          exitCode: 0,
        })
        expect(rules.filter(({ kept }) => kept === true).length).toBeGreaterThan(0)
      }
    }
  },
)

test.each(['speeda', 'cdata', 'utgl', 'victor', 'staging', 'oauth', 'paymentsgate'])(
  'what %s sends is known at another address too, where it is more than an opaque token',
  async (name) => {
    const { id, requests } = await recorded(name)
    const [first = ''] = requests
    expect(await explained(elsewhere(first))).toMatchObject({ provider: id, guessedBy: 'own', exitCode: 0 })
  },
)

test.each(['speeda', 'cdata', 'utgl', 'victor', 'staging'])(
  'a token of %s is known alone, as a header line and among other headers, whatever is wrong with it',
  async (name) => {
    const { id, tokens } = await recorded(name)
    const [token = ''] = tokens
    for (const text of [
      token,
      `  "${token}"\n`,
      token.replace(/(.{70})/g, '$1\n'),
      `Bearer ${token}`,
      `authorization: bearer ${token}\r\n`,
      `Host: x\nAuthorization: Bearer ${token}\nAccept: */*`,
    ])
      expect(await explained(text)).toMatchObject({ provider: id })
    const { header, claims } = decodeJwt(token)
    for (const [otherHeader, otherClaims] of [
      [{ alg: 'HS256' }, { exp: 1 }],
      [
        { alg: 'RS384', typ: 'at+jwt' },
        { iat: clock.now(), exp: clock.now() },
      ],
      [{}, { sub: '', exp: undefined }],
    ]) {
      const spoiled = handMadeJwt(
        { ...header, ...otherHeader },
        { ...claims, ...otherClaims },
        rsaSignature(privateKey),
      )
      expect(await explained(`JWT ${spoiled}`)).toMatchObject({ provider: id, guessedBy: 'own', exitCode: 6 })
    }
  },
)

test.each([
  ['an identity provider', { iss: 'https://accounts.example', aud: 'my-app', sub: 'someone' }],
  ['nobody in particular', { iss: 'a' }],
  ['another token endpoint', { iss: 'me', sub: 'me', aud: 'https://login.example/token', jti: 'j' }],
])('a JWT of %s is attributed to no provider', async (_whose, claims) => {
  const token = handMadeJwt(
    { alg: 'RS256', typ: 'JWT', kid: 'some-key' },
    { ...claims, iat: 1_767_323_040, exp: 1_767_323_340 },
    rsaSignature(privateKey),
  )
  for (const stdin of [
    token,
    `Bearer ${token}`,
    `GET /x HTTP/1.1\nHost: x\nAuthorization: Bearer ${token}`,
  ]) {
    const { stdout, stderr, exitCode } = await runCommand(['explain', '-'], { stdin, clock })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain('This JWT does not belong to a known provider.')
  }
})

test('an OAuth access token of Victor, a Bearer JWT, is not judged as a client JWT', async () => {
  const token = handMadeJwt(
    { alg: 'RS256', typ: 'at+jwt' },
    { iss: 'https://auth.example', sub: 'client', aud: 'api', iat: 1_767_323_040, exp: 1_767_326_640 },
    rsaSignature(privateKey),
  )
  for (const text of [
    `Bearer ${token}`,
    `GET /v2/accounts HTTP/1.1\nHost: api.victorfi.com\nAuthorization: Bearer ${token}`,
  ]) {
    const { rules, mistakes, exitCode } = await explained(text, 'victor')
    expect(rules.filter(({ kept }) => kept === false)).toEqual([])
    expect({ mistakes, exitCode }).toEqual({ mistakes: [], exitCode: 0 })
  }
  const clientJwt = await explained(`Token ${token}`, 'victor')
  expect(clientJwt.rules.filter(({ kept }) => kept === false).map(({ id }) => id)).toContain('victor.alg')
})

test.each<[string, string, ProviderId]>([
  [
    'a call of Speeda',
    'GET https://datafeed.ub-speeda.com/private-company/v1/companies\nAuthorization: Bearer abc',
    'speeda',
  ],
  [
    'a call of the MCP endpoint',
    'POST /mcp HTTP/1.1\nHost: mcp.cloud.cdata.com\nAuthorization: Bearer abc\n\n{}',
    'cdata',
  ],
  [
    'an account call',
    'GET /api/poweredby/account/list HTTP/1.1\nHost: proxy.example\nAuthorization: Bearer abc',
    'cdata',
  ],
  [
    'curl -v',
    '* Trying\n> GET /v1/ping HTTP/2\n> Host: access.utgl.io\n> Authorization: Bearer abc\n>\n< HTTP/2 401',
    'utgl',
  ],
  [
    'a staging call',
    'GET /v2/accounts HTTP/1.1\nHost: API.stage.victorfi.com:443\nAuthorization: Bearer abc',
    'victor',
  ],
  ['an OAuth token call', 'POST /x HTTP/1.1\nHost: x\n\n{"client_id":"a","client_secret":"b"}', 'victor'],
  ['a Token header', 'Authorization: Token abc', 'victor'],
  [
    'a deal',
    'POST /deals/payin HTTP/1.1\nHost: merchant.example\nAuthorization: Bearer abc\n\n{}',
    'paymentsgate',
  ],
  [
    'a refresh call',
    'POST /auth/token/refresh HTTP/1.1\nHost: m.example\n\n{"refresh_token":"b"}',
    'paymentsgate',
  ],
  ['an emulator', 'POST /speeda/token HTTP/1.1\nHost: 127.0.0.1:4400\n\ngrant_type=password', 'speeda'],
  ['another emulator', 'GET /utgl/v1/ping HTTP/1.1\nHost: localhost:4400\n', 'utgl'],
])('%s is known', async (_what, text, id) => {
  expect(await explained(text)).toMatchObject({ provider: id })
})

test('rules of other endpoints are not judged, and people are not shown them', async () => {
  const { requests } = await recorded('speeda')
  const [token = '', call = ''] = requests
  const open = async (text: string, endpoint: string[]) => {
    const { rules } = await explained(text, 'speeda')
    return rules.filter(({ id }) => endpoint.includes(id)).every(({ kept }) => kept === null)
  }
  const tokenRules = ['speeda.token-method', 'speeda.grant-type', 'speeda.alg', 'speeda.aud']
  expect([
    await open(call, tokenRules),
    await open(token, tokenRules),
    await open(token, ['speeda.scheme']),
  ]).toEqual([true, false, true])
  const people = await runCommand(['explain', '-'], { stdin: call, clock })
  expect(people.stdout).not.toContain('speeda.grant-type')
  expect(people.stdout).toContain('✓ API calls must have `Authorization: Bearer`. speeda.scheme\n')
  expect(people.stderr).toBe(
    'Speeda (speeda), recognised by the address.\nGET request with a body of 0 bytes.\nThere is no JWT, so the rules about what is signed are not checked.\n',
  )
})

test.each(['Bearer abc', 'GET /x HTTP/1.1\nHost: x\nAuthorization: Bearer abc'])(
  'a tie is told, and the provider asked for: %j',
  async (stdin) => {
    const exchanging = (await loadProviders()).filter(({ tokenResponse }) => tokenResponse !== undefined)
    const ids = exchanging.map(({ id }) => id)
    const words = `could be for ${ids.slice(0, -1).join(', ')} or ${ids.at(-1)}`
    const { stdout, stderr, exitCode } = await runCommand(['explain', '-'], { stdin })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain(words)
    expect(stderr).toMatch(/^CONFIG_INVALID: .*`countersign explain speeda -`/)
    expect((await runCommand(['explain', 'speeda', '-'], { stdin })).exitCode).toBe(0)
  },
)

test('a file is read byte for byte, and the key judges the signature of what was guessed', async () => {
  await using scratch = await createScratch()
  const right = await scratch.file('right.pem', fixedKeys.rsa2048.publicKey)
  const wrong = await scratch.file('wrong.pem', fixedKeys.otherRsa2048.publicKey)
  for (const name of ['speeda', 'cdata', 'utgl', 'victor']) {
    const { id, requests } = await recorded(name)
    const file = await scratch.file('request.http', requests[0] ?? '')
    const judge = async (key: string) => {
      const { stdout, exitCode } = await runCommand(['explain', `@${file}`, '--key', key, '--json'], {
        clock,
      })
      const { rules } = JSON.parse(stdout) as Explained
      return [exitCode, rules.find((rule) => rule.id === `${id}.signature`)?.kept]
    }
    expect([await judge(right), await judge(wrong)]).toEqual([
      [0, true],
      [6, false],
    ])
  }
})

test.each([
  [
    ['zzz'],
    /`zzz` is neither a provider \(speeda, .*\) nor a token, a header, a request or a curl command\.\n$/,
  ],
  [['speda'], /There is no provider of that name\. Did you mean speeda\?/],
  [['curl https://example.com/'], /The address example\.com does not belong to a known provider\./],
  [
    ['@no-such-file'],
    /no-such-file .*does not exist \(ENOENT\)\. Check the path after @, or pass - for stdin\.\n$/,
  ],
  [['@/'], /\/ \(the argument\) is a folder, not a file \(EISDIR\)\./],
])('%j is answered with what is wrong with it', async (words, message) => {
  const { stderr, exitCode } = await runCommand(['explain', ...words])
  expect(stderr).toMatch(message)
  expect(exitCode).toBe(2)
})
