import { inspect } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCData } from '../../cdata/src/index.ts'
import { CountersignError, createAuth, importSigningKey, Secret } from '../../core/src/index.ts'
import { createPaymentsGate } from '../../paymentsgate/src/index.ts'
import { createSpeeda } from '../../speeda/src/index.ts'
import { createUtgl } from '../../utgl/src/index.ts'
import { createVictor } from '../../victor/src/index.ts'

const privateKey = await importSigningKey(fixedKeys.rsa2048.privateKey, { algorithm: 'RS256' })
/** Options of the wrong type are the point here. */
const any = (value: unknown) => value as never

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'
const of = (alphabet: string) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 4, maxLength: 200, size: 'max' })
const short = (alphabet: string) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 4, maxLength: 24 })

/** The shapes that secrets have, each with many lengths. */
const shapes: Record<string, fc.Arbitrary<string>> = {
  letters: of(letters),
  'short letters': short(letters),
  'letters and digits': of(letters + digits),
  hex: of('0123456789abcdef'),
  digits: short(digits),
  Base64: fc
    .uint8Array({ minLength: 3, maxLength: 150, size: 'max' })
    .map((bytes) => Buffer.from(bytes).toString('base64')),
  Base64url: fc
    .uint8Array({ minLength: 3, maxLength: 150, size: 'max' })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  symbols: short(`${letters}${digits}!#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~"`),
  'many symbols': of(`aZ9!#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~"`),
  quotes: short(`ab1"'\`\\`),
  slashes: short('abcDEF123/'),
  percent: short('abcDEF123%'),
  unicode: fc.string({ unit: 'grapheme', minLength: 4, maxLength: 60, size: 'max' }),
  host: short('abcdefXYZ0189.-'),
  'dot before': short(letters + digits).map((text) => `.${text}`),
  'dot after': short(letters + digits).map((text) => `${text}.`),
  'host name': fc
    .tuple(short(letters + digits), fc.constantFrom('com', 'io', 'Example'))
    .map((parts) => parts.join('.')),
  spaces: short('abcdef 123'),
  marks: short(`!#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~"`),
  'marks that every escape changes': short(`"\\&<>%'`),
  'letters outside ASCII': short([...'äöü', ...'ßéñ', 'ç'].join('')),
}

const runsPerShape = 170
/** Each secret fails in every so many ways: each way sees hundreds of secrets. */
const kindsPerSecret = 12
const secrets = Object.entries(shapes).flatMap(([shape, arbitrary], index) =>
  fc.sample(arbitrary, { seed: 2_026 + index, numRuns: runsPerShape }).map((secret) => ({ shape, secret })),
)

/** A word is shown as the name of an unknown option: it may be misspelt. */
const word = /^[A-Za-z][a-z]*(?:[A-Z][a-z]+|[_-][a-z]+)*$/

const utgl = createUtgl({
  accessKey: 'a',
  privateKey,
  baseUrl: 'https://api.example/v1',
  fetch: async () => new Response(),
})

/** The ways to fail, by name; what they know of the secret says whether it can be masked anywhere. */
function* failures(secret: string): Generator<[string, () => unknown]> {
  const uri = encodeURIComponent(secret.toWellFormed())
  const options = { accessKey: 'a', privateKey }
  for (const name of [
    'baseUrl',
    'fetch',
    'clock',
    'tokenStore',
    'backdateSeconds',
    'onEvent',
    'maxBodyBytes',
    'lifetimeSeconds',
  ])
    yield [`utgl ${name}`, () => createUtgl({ ...options, [name]: any(secret) }) && refuse()]
  yield ['speeda options', () => createSpeeda(any(secret))]
  yield ['id with a line break', () => createSpeeda({ clientId: `${secret}\n`, keyId: secret, privateKey })]
  yield ['connection ids', () => createCData({ accountId: 'a', privateKey, connectionIds: any(secret) })]
  yield ['connection id', () => createCData({ accountId: 'a', privateKey, connectionIds: [` ${secret}`] })]
  yield ['sub-account', () => createCData({ accountId: 'a', privateKey }).forSubAccount(`${secret}\n`)]
  yield [
    'environment',
    () => createVictor({ environment: any(secret), apiKey: 'a', privateKey: fixedKeys.rsa2048.privateKey }),
  ]
  yield [
    'two kinds',
    () => createVictor(any({ environment: 'staging', apiKey: secret, clientSecret: secret })),
  ]
  yield [
    'public key',
    () => createPaymentsGate({ accountId: 'a', publicKey: secret, environment: any(secret) }),
  ]
  yield ['private key', () => createUtgl({ accessKey: 'a', privateKey: secret })]
  yield [
    'base URL with a path and a query',
    () => createUtgl({ ...options, baseUrl: `https://api.example/${uri}?q=${uri}` }),
  ]
  yield [
    'base URL with a password',
    () => createUtgl({ ...options, baseUrl: `https://user:${uri}@api.example` }),
  ]
  if (!word.test(secret)) yield ['option name', () => createUtgl({ ...options, [secret]: any(1) })]
  yield ['foreign URL', () => utgl.fetch(`https://elsewhere.example/${uri}?token=${uri}#${uri}`)]
  yield ['insecure URL', () => utgl.fetch(`http://elsewhere.example/${uri}?token=${uri}`)]
  yield ['no URL', () => utgl.fetch(uri)]
  yield ['port', () => utgl.fetch(`https://api.example:x${uri}`)]
  yield ['method', () => utgl.fetch('https://api.example/v1', { method: `${secret} \n` })]
  yield [
    'header',
    () => utgl.fetch('https://api.example/v1', { headers: { 'x-a': `${secret}\n`, [`${secret} `]: 'a' } }),
  ]

  // What knows the secret masks it wherever it is.
  const known = { environment: 'staging', clientId: 'a', clientSecret: secret } as const
  const victor = (more: object) => createVictor({ ...known, ...more })
  const echo = async () =>
    Response.json(
      { code: secret, message: `No: ${uri} ${secret} ${Buffer.from(secret).toString('base64')}` },
      { status: 401 },
    )
  const echoEscaped = async () =>
    Response.json({ code: 'NO', message: escaped(secret).join(' | ') }, { status: 401 })
  yield ['client secret, echoed', () => victor({ fetch: echo }).token()]
  yield ['client secret, echoed in escapes', () => victor({ fetch: echoEscaped }).token()]
  for (const address of [
    `https://${secret}`,
    `http://${secret}`,
    `https://${uri}`,
    `https://${secret}.example`,
    `https://api.example/${uri}`,
    `https://api.example/${secret}`,
  ]) {
    yield [
      `known, base URL ${address.replace(secret, 'S').replace(uri, 'U')}`,
      () => victor({ baseUrl: address, fetch: echo }).token(),
    ]
    yield [
      `known, fetch ${address.replace(secret, 'S').replace(uri, 'U')}`,
      () => victor({ fetch: echo }).fetch(address),
    ]
  }
  yield [
    'known, path of a call',
    () => signing(secret, new Error('no')).fetch(`https://api.example/${uri}?q=${uri}`),
  ]
  yield ['known, path of an api call', () => signing(secret, undefined).api.get(uri, { retry: 0 })]
  const cause = new TypeError(`fetch of ${secret} failed`, {
    cause: Object.assign(new Error(`${uri} "${secret}" ${JSON.stringify({ secret })}`), {
      code: 'ECONNRESET',
      secret,
    }),
  })
  yield ['known, foreign cause', () => signing(secret, cause).fetch('https://api.example/a')]
  yield ['known, foreign text', () => signing(secret, `no: ${secret}`).fetch('https://api.example/a')]
}

function refuse(): never {
  throw new Error('accepted')
}

/** A secret as servers write it that escape more than once, or every character. */
function escaped(secret: string): string[] {
  const uri = encodeURIComponent(secret.toWellFormed())
  const decimal = [...secret].map((mark) => `&#${mark.codePointAt(0)};`).join('')
  return [
    encodeURIComponent(uri),
    encodeURIComponent(encodeURIComponent(uri)),
    decimal,
    encodeURIComponent(decimal),
  ]
}

/** An Auth that knows the secret, whose calls fail with the error or, without one, are answered 404. */
function signing(secret: string, error: unknown) {
  return createAuth('fake', async () => ({ authorization: 'Proof 1' }), {
    baseUrl: 'https://api.example',
    secrets: [new Secret(secret)],
    fetch: async () => {
      if (error === undefined)
        return Response.json({ secret }, { status: 404, headers: { 'x-request-id': '1' } })
      throw error
    },
  })
}

/** Everything of an error that a program may print, without where it was thrown. */
function printed(error: unknown): string {
  const texts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    const { stack, ...own } = at as Error & Record<string, unknown>
    const { name, message } = at
    texts.push(name, message, JSON.stringify(at), inspect({ ...own }, { depth: 9, showHidden: true }))
    texts.push(String(stack).split(/\n\s+at /)[0] ?? '')
  }
  return texts.join('\n')
}

/** The texts of a secret that must not be seen, in the case of letters that hosts have too. */
function forms(secret: string): string[] {
  const uri = encodeURIComponent(secret.toWellFormed())
  const json = JSON.stringify(secret).slice(1, -1)
  const host = URL.canParse(`https://${secret}`) ? new URL(`https://${secret}`).hostname : ''
  return [secret, uri, json, host, ...escaped(secret)]
    .filter(({ length }) => length >= 4)
    .map((text) => text.toLowerCase())
}

async function failureOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  return undefined
}

test(`none of ${secrets.length} random secrets of every shape shows in an error`, async () => {
  // Short secrets occur in messages by chance: text that the same failure has with another secret is not a leak.
  const usual = new Map<string, string>()
  for (const [name, attempt] of failures('~Q7control~'))
    usual.set(name, printed(await failureOf(attempt)).toLowerCase())
  const leaks: string[] = []
  let count = 0
  for (const [round, { shape, secret }] of secrets.entries()) {
    const unwanted = forms(secret)
    for (const [kind, [name, attempt]] of [...failures(secret)].entries()) {
      if ((kind + round) % kindsPerSecret !== 0) continue
      const error = await failureOf(attempt)
      if (error === undefined || (error as Error).message === 'accepted') continue
      count += 1
      expect(CountersignError.isInstance(error), `${name}: ${inspect(error)}`).toBe(true)
      const text = printed(error).toLowerCase()
      const seen = unwanted.find((form) => text.includes(form) && usual.get(name)?.includes(form) !== true)
      if (seen !== undefined) leaks.push(`${shape}, ${name}: ${seen} in ${text.split('\n')[1]}`)
    }
  }
  expect(leaks.slice(0, 20)).toEqual([])
  expect(count).toBeGreaterThan(secrets.length * 2)
})
