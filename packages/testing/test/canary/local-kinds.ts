import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createCData } from '../../../cdata/src/index.ts'
import {
  type CommonOptions,
  decodeJwt,
  importPublicKey,
  importSigningKey,
  inspectKey,
  type SigningAlgorithm,
  type SigningKey,
  type TokenStore,
  verifyJws,
  verifyJwt,
} from '../../../core/src/index.ts'
import { importEncryptedKey } from '../../../core/src/node/index.ts'
import { createPaymentsGate, paymentsGateCredentials } from '../../../paymentsgate/src/index.ts'
import { verifyUtglWebhook } from '../../../utgl/src/index.ts'
import { handMadeJwt, rsaSignature } from '../../src/hand-made-jwt.ts'
import type { Canary } from './create-canary.ts'
import { loadSubjects, pemBody, type Secrets } from './create-fixture.ts'

/** A way to go wrong without a server: each attempt is expected to throw. */
export interface LocalKind {
  name: string
  attempts(secrets: Secrets, canary: Canary): readonly (() => unknown)[]
}

/** Options of the wrong type are the point here. */
const any = (value: unknown) => value as never
const base = { baseUrl: 'http://127.0.0.1:9' }
const request = () => new Request('http://127.0.0.1:9/ping')

const subjects = await loadSubjects()
const signing = subjects.filter(({ credentials }) => credentials.includes('privateKey'))
/** Those whose calls need no exchange. */
const selfSigning = signing.filter(({ exchanges }) => !exchanges)
const unused = any({ privateKey: 'unused', publicKey: 'unused', clientSecret: 'unused' }) as Secrets

/** Signs with this key, once with every provider that signs. */
function factories(privateKey: unknown, more: CommonOptions = {}): (() => Promise<unknown>)[] {
  const options = { ...base, fetch: async () => new Response(), ...more, privateKey }
  return signing.map((subject) => async () => subject.create(options, unused).headers(request()))
}

/** A key with every fault that there is a code for. */
function badKeys({ privateKey, publicKey }: Secrets, canary: Canary): unknown[] {
  const key = createPrivateKey(privateKey)
  const made = (type: 'rsa' | 'ec' | 'ed25519' | 'rsa-pss', options: object) => {
    const pair = generateKeyPairSync(type as 'rsa', options as { modulusLength: number })
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    canary.plant(`${type} key`, pemBody(pem).slice(32))
    return pem
  }
  const passphrase = randomBytes(16).toString('hex')
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()
  canary.plant('encrypted key', pemBody(encrypted).slice(120))
  const body = pemBody(privateKey)
  const jwk = key.export({ format: 'jwk' })
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const)
    canary.plant(`JWK ${name}`, String(jwk[name]))
  const labelled = (label: string) => privateKey.replaceAll('PRIVATE KEY', label)
  return [
    privateKey.slice(0, 900),
    privateKey.replace(/-----END[^-]+-----\s*$/, ''),
    privateKey.replace(/^.*\n/, ''),
    privateKey.replace(body.slice(300, 340), ''),
    `${body.slice(0, 500)}*${body.slice(500)}`,
    body.slice(0, 801),
    body,
    privateKey + made('rsa', { modulusLength: 2048 }),
    privateKey.repeat(60),
    privateKey.replaceAll('\n', ''),
    publicKey,
    encrypted,
    made('ec', { namedCurve: 'P-256' }),
    made('ed25519', {}),
    made('rsa-pss', { modulusLength: 2048 }),
    made('rsa', { modulusLength: 1024 }),
    ...['CERTIFICATE', 'CERTIFICATE REQUEST', 'OPENSSH PRIVATE KEY', 'EC PRIVATE KEY', 'PUBLIC KEY'].map(
      labelled,
    ),
    `-----BEGIN ${body.slice(0, 64)}-----\n${body}`,
    `ssh-rsa AAAA${body}`,
    { ...jwk, d: undefined },
    { ...jwk, alg: 'PS256' },
    { ...jwk, use: 'enc' },
    { ...jwk, n: body },
    { ...jwk, d: body, p: '*' },
    { kty: body, k: body },
    JSON.stringify(jwk).slice(0, -40),
    JSON.stringify([jwk]),
    new Uint8Array(key.export({ type: 'pkcs8', format: 'der' })).subarray(0, 700),
    new TextEncoder().encode(privateKey.slice(0, 700)),
    Buffer.from(privateKey.slice(0, 700)).toString('base64'),
    { pem: privateKey },
    [privateKey],
    () => privateKey,
    Symbol.for(privateKey.slice(0, 1)),
    12,
  ]
}

const signer =
  (sign: SigningKey['sign'], publicJwk?: SigningKey['publicJwk']) => (algorithm: SigningAlgorithm) => ({
    algorithm,
    sign,
    ...(publicJwk === undefined ? {} : { publicJwk }),
  })

function signers(make: (algorithm: SigningAlgorithm) => SigningKey): (() => unknown)[] {
  return signing.flatMap(({ provider }, index) => factories(make(provider.algorithm ?? 'RS256'))[index] ?? [])
}

function throwing(value: () => unknown): SigningKey['sign'] {
  return async () => {
    throw value()
  }
}

export const localKinds: readonly LocalKind[] = [
  {
    name: 'a signer that throws an error with the key in message, cause, code and properties',
    attempts: ({ privateKey }) =>
      signers(
        signer(
          throwing(() =>
            Object.assign(
              new TypeError(`cannot sign with ${privateKey}`, { cause: new Error(pemBody(privateKey)) }),
              {
                code: pemBody(privateKey),
                name: pemBody(privateKey),
                key: privateKey,
                errors: [new Error(privateKey)],
              },
            ),
          ),
        ),
      ),
  },
  {
    name: 'a signer that throws an error with a line of the key or its Base64',
    attempts: ({ privateKey }) =>
      [
        privateKey.split('\n')[5],
        Buffer.from(privateKey).toString('base64'),
        JSON.stringify({ privateKey }),
        encodeURIComponent(privateKey),
      ].flatMap((text) => signers(signer(throwing(() => new Error(`bad key: ${text}`))))),
  },
  {
    name: 'a signer that throws text or an object',
    attempts: ({ privateKey }) =>
      [privateKey, pemBody(privateKey), { privateKey }, [privateKey]].flatMap((value) =>
        signers(signer(throwing(() => value))),
      ),
  },
  {
    name: 'a signer that returns rubbish',
    attempts: ({ privateKey, publicKey }) => {
      const publicJwk = createPublicKey(publicKey).export({ format: 'jwk' }) as NonNullable<
        SigningKey['publicJwk']
      >
      return [
        ...signers(signer(async () => any(privateKey))),
        ...signers(signer(async () => any({ privateKey }))),
        ...signers(signer(async () => new TextEncoder().encode(privateKey), publicJwk)),
        ...signers(signer(async () => new Uint8Array(256), { kty: 'RSA', n: pemBody(privateKey), e: '*' })),
      ]
    },
  },
  {
    name: 'keys with every kind of fault',
    attempts: (secrets, canary) =>
      badKeys(secrets, canary).flatMap((key) => [
        ...factories(key),
        () => importSigningKey(any(key), { algorithm: 'RS256' }),
        () => importPublicKey(any(key), { algorithm: 'RS256' }).then(() => inspectKey(any(key))),
        () => createPaymentsGate({ accountId: 'a', publicKey: any(key), environment: 'sandbox' }),
      ]),
  },
  {
    name: 'an encrypted key under a wrong passphrase',
    attempts({ privateKey }, canary) {
      const [right, wrong] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')]
      canary.plant('passphrase', right)
      canary.plant('wrong passphrase', wrong)
      const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: right } as const
      const pem = createPrivateKey(privateKey).export(options).toString()
      canary.plant('encrypted key', pemBody(pem).slice(120))
      return [
        async () => importEncryptedKey({ pem, passphrase: wrong }),
        async () => importEncryptedKey({ pem: pem.slice(0, 900), passphrase: right }),
        async () => importEncryptedKey({ pem: wrong, passphrase: right }),
        async () => importEncryptedKey({ pem, passphrase: any({ right }) }),
        ...factories(pem),
      ]
    },
  },
  {
    name: 'a secret passed as another option',
    attempts: ({ privateKey, clientSecret, publicKeyBase64 }) =>
      [privateKey, pemBody(privateKey), clientSecret, publicKeyBase64].flatMap((secret) => [
        ...[
          'baseUrl',
          'fetch',
          'clock',
          'tokenStore',
          'backdateSeconds',
          'onEvent',
          'maxBodyBytes',
          'audience',
          'other',
        ].flatMap((name) =>
          factories(privateKey, any({ [name]: secret })).slice(0, name === 'audience' ? 0 : undefined),
        ),
        ...factories(privateKey, { baseUrl: `https://${secret}` }),
        ...factories(privateKey, { baseUrl: `https://user:${encodeURIComponent(secret)}@127.0.0.1` }),
        ...factories(privateKey, { baseUrl: `http://example.com/${encodeURIComponent(secret)}` }),
        ...factories(privateKey, any({ [secret]: 1 })),
        ...subjects.flatMap((subject) =>
          Object.keys(subject.provider.fields).flatMap((name) =>
            [secret, { secret }, [secret], `${secret}\n`, `${secret} `].map(
              (value) => () => subject.create(any({ ...base, [name]: value }), unused),
            ),
          ),
        ),
        ...subjects.map(
          ({ provider }) =>
            () =>
              provider.create(any(secret)),
        ),
        ...subjects.map(
          ({ provider }) =>
            () =>
              provider.create(any([secret])),
        ),
        () => createCData({ accountId: 'a', privateKey }).forSubAccount(`${secret}\n`),
        () => createPaymentsGate({ accountId: 'a', publicKey: pemBody(secret), environment: 'sandbox' }),
        () => paymentsGateCredentials(`{"public_key":"${secret}"`),
        () => paymentsGateCredentials({ public_key: secret }),
      ]),
  },
  {
    name: 'tokens that cannot be read or do not hold',
    attempts({ privateKey, publicKey }, canary) {
      const jwt = handMadeJwt(
        { alg: 'RS256' },
        { sub: randomBytes(24).toString('hex') },
        rsaSignature(privateKey),
      )
      canary.plant('JWT', jwt.split('.').slice(1).join('.'))
      const damaged = [
        jwt.slice(0, -9),
        jwt.replace('.', '*'),
        jwt.split('.').slice(1).join('.'),
        `${jwt}.${jwt}`,
        `${jwt}x`,
      ]
      return damaged.flatMap((token) => [
        async () => decodeJwt(token === jwt.slice(0, -9) || token === `${jwt}x` ? `${token}.` : token),
        () => verifyJws(token, publicKey, { algorithm: 'RS256' }),
        () => verifyJwt(token, publicKey, { algorithm: 'RS256', issuer: 'a' }),
        () => verifyUtglWebhook({ publicKey, signature: token, body: token }),
        () => verifyUtglWebhook({ publicKey: privateKey.slice(0, 400), signature: token, body: token }),
      ])
    },
  },
  {
    name: 'a fetch that throws an error with the whole request in it',
    attempts(secrets, canary) {
      const send: typeof fetch = async (input, init) => {
        const text = JSON.stringify([input, init, Object.fromEntries(new Headers(init?.headers))])
        for (const [jwt] of text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g))
          canary.plant('JWT', jwt.split('.').slice(1).join('.'))
        const cause = Object.assign(new Error(`${text} ${init?.body}`), { options: init })
        throw Object.assign(new TypeError(`fetch failed: ${text}`, { cause }), { request: init, input })
      }
      const auths = subjects.map((subject) => subject.create({ ...base, fetch: send }, secrets))
      return auths.flatMap((auth) => [
        () => auth.fetch('http://127.0.0.1:9/ping'),
        () => auth.api.post('ping', { json: {}, retry: 0 }),
      ])
    },
  },
  {
    name: 'an address that is foreign, insecure, or no address, with a secret in it',
    attempts: ({ privateKey, clientSecret }) => {
      const [auth] = selfSigning.map((subject) => subject.create(any({ ...base, privateKey }), unused))
      if (auth === undefined) throw new Error('No provider signs what it sends.')
      const secret = encodeURIComponent(clientSecret)
      const noAddress = [secret, `http://127.0.0.1:9:${secret}/`].map((text) => () => auth.fetch(text))
      const addresses = [
        `https://example.com/${secret}?token=${secret}#${secret}`,
        `http://example.com/?token=${secret}`,
        `https://user:${secret}@example.com/`,
        `data:text/plain,${secret}`,
        `http://127.0.0.1:10/${secret}`,
      ].flatMap((url) => [
        () => auth.fetch(url),
        () => auth.api.get(new URL(url), { retry: 0 }),
        () => auth.headers({ url, headers: new Headers(), body: null } as Request),
      ])
      return [...noAddress, ...addresses]
    },
  },
  {
    name: 'a request that cannot be sent',
    attempts: ({ privateKey, clientSecret }) => {
      const url = 'http://127.0.0.1:9/ping'
      const auths = selfSigning.map((subject) => subject.create(any({ ...base, privateKey }), unused))
      return auths.flatMap((auth) => [
        () => auth.fetch(url, { headers: { 'x-note': `${clientSecret}\n${clientSecret}` } }),
        () => auth.fetch(url, { headers: { [clientSecret]: 'a' } }),
        () => auth.fetch(url, { method: clientSecret }),
        () => auth.fetch(url, { method: 'GET', body: clientSecret }),
        () => auth.api.get('ping', { headers: { 'x-note': `${clientSecret}\n${clientSecret}` }, retry: 0 }),
        () => auth.api.get('ping', { searchParams: any(12), body: clientSecret, retry: 0 }),
      ])
    },
  },
]

/** A store whose errors contain what it was given. */
export function tellingStore(fails: readonly (keyof TokenStore)[], seen: unknown[] = []): TokenStore {
  const tell =
    (name: keyof TokenStore) =>
    async (...values: unknown[]) => {
      seen.push(values)
      if (fails.includes(name)) throw new Error(`${name} failed: ${JSON.stringify([values, seen])}`)
      return name === 'lock' ? () => undefined : undefined
    }
  return { get: any(tell('get')), set: tell('set'), delete: tell('delete'), lock: any(tell('lock')) }
}
