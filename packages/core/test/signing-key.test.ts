import {
  constants,
  createPrivateKey,
  createPublicKey,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import {
  importPublicKey,
  importSigningKey,
  type SigningAlgorithm,
  type SigningKey,
  signJwt,
  verifyJwt,
} from '../src/index.ts'
import { createSignatureLimiter } from '../src/keys/signing-key.ts'

const key = createPrivateKey(fixedKeys.rsa2048.privateKey)
const { n, e } = key.export({ format: 'jwk' })
const publicJwk = { kty: 'RSA', n: n as string, e: e as string }
const data = new TextEncoder().encode('what is signed')
const right = async (bytes: Uint8Array) => new Uint8Array(nodeSign('sha256', bytes, key))
const remote = (over: Partial<SigningKey>): SigningKey => ({
  algorithm: 'RS256',
  publicJwk,
  sign: right,
  ...over,
})
const imported = (over: Partial<SigningKey>) =>
  importSigningKey(remote(over), { algorithm: 'RS256', provider: 'utgl' })
const failure = { name: 'SigningError', code: 'SIGN_FAILED', provider: 'utgl' }

describe('a signing key from elsewhere', () => {
  test('signs, and its signature is checked against the public half', async () => {
    expect(await (await imported({})).sign(data)).toEqual(await right(data))
  })
  test('that signs something else never gets its signature out', async () => {
    const wrong = await imported({ sign: async () => right(new Uint8Array(3)) })
    await expect(wrong.sign(data)).rejects.toMatchObject(failure)
  })
  test('that hashes twice is found out', async () => {
    const twice = async (bytes: Uint8Array) =>
      right(new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))))
    await expect((await imported({ sign: twice })).sign(data)).rejects.toMatchObject(failure)
  })
  test('that throws, throws at once or returns no bytes is SIGN_FAILED', async () => {
    const rejects = await imported({ sign: () => Promise.reject(new Error('the service is down')) })
    await expect(rejects.sign(data)).rejects.toMatchObject({
      ...failure,
      cause: { message: 'the service is down' },
    })
    const throws = await imported({
      sign: () => {
        throw new Error('no session')
      },
    })
    await expect(throws.sign(data)).rejects.toMatchObject(failure)
    const text = await imported({ sign: async () => 'signature' as unknown as Uint8Array })
    await expect(text.sign(data)).rejects.toMatchObject(failure)
  })
  test('that never answers is SIGN_FAILED after its timeout', async () => {
    const slow = await imported({ timeoutMs: 20, sign: () => new Promise(() => undefined) })
    await expect(slow.sign(data)).rejects.toMatchObject({
      ...failure,
      message: expect.stringContaining('0.02 s'),
    })
  })
  test.each([Number.POSITIVE_INFINITY, Number.NaN, 0, -1, 2 ** 31, '5'])(
    'with the timeout %s is refused: a timer would fire at once',
    async (timeoutMs) => {
      await expect(imported({ timeoutMs: timeoutMs as number })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        provider: 'utgl',
        problem:
          '`timeoutMs` of the signing key must be a number of milliseconds above 0, at most 2147483647.',
      })
    },
  )
  test('for another algorithm is KEY_ALGORITHM_MISMATCH', async () => {
    await expect(imported({ algorithm: 'RS512' })).rejects.toMatchObject({ code: 'KEY_ALGORITHM_MISMATCH' })
  })
  test('that is an object of a class keeps its own `this`', async () => {
    class Signer {
      readonly algorithm = 'RS256'
      readonly publicJwk = publicJwk
      readonly #key = key
      async sign(bytes: Uint8Array) {
        return new Uint8Array(nodeSign('sha256', bytes, this.#key))
      }
    }
    const signer = await importSigningKey(new Signer(), { algorithm: 'RS256', keyId: 'one' })
    expect(signer.keyId).toBe('one')
    expect(await signer.sign(data)).toEqual(await right(data))
  })
})

test('the limiter lets eight signatures run, queues the rest, and goes on after a failure', async () => {
  const limited = createSignatureLimiter()
  let running = 0
  let most = 0
  const tasks = Array.from({ length: 40 }, (_, index) =>
    limited(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (index % 7 === 0) throw new Error('one fails')
      return index
    }).catch(() => 'failed'),
  )
  const results = await Promise.all(tasks)
  expect(most).toBe(8)
  expect(running).toBe(0)
  expect(results.filter((result) => result === 'failed')).toHaveLength(6)
})

const algorithms: Record<SigningAlgorithm, [hash: string, saltLength?: number]> = {
  RS256: ['sha256'],
  RS384: ['sha384'],
  RS512: ['sha512'],
  PS256: ['sha256', 32],
  PS384: ['sha384', 48],
  PS512: ['sha512', 64],
}

describe.each(Object.entries(algorithms))('%s', (name, [hash, saltLength]) => {
  const algorithm = name as SigningAlgorithm
  const pss = saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  const { publicKey } = fixedKeys.rsa2048

  test('of a local key is what Node verifies', async () => {
    for (const given of [fixedKeys.rsa2048.privateKey, key.export({ format: 'jwk' }) as { kty: string }]) {
      const signature = await (await importSigningKey(given, { algorithm })).sign(data)
      expect(nodeVerify(hash, data, { key: createPublicKey(publicKey), ...pss }, signature)).toBe(true)
    }
  })

  test('of a key held elsewhere is checked before it is sent', async () => {
    const sign = async (bytes: Uint8Array) => new Uint8Array(nodeSign(hash, bytes, { key, ...pss }))
    const good = await importSigningKey({ algorithm, publicJwk, sign }, { algorithm })
    expect(await good.sign(data)).toHaveLength(256)
    const padding = saltLength === undefined ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
    const other = async (bytes: Uint8Array) => new Uint8Array(nodeSign(hash, bytes, { key, padding }))
    const bad = await importSigningKey({ algorithm, publicJwk, sign: other }, { algorithm })
    await expect(bad.sign(data)).rejects.toMatchObject({ code: 'SIGN_FAILED' })
  })

  test('of a token is verified with every form of its key, and with no other algorithm', async () => {
    const signer = await importSigningKey(fixedKeys.rsa2048.privateKey, { algorithm })
    const token = await signJwt(signer, { header: { alg: algorithm }, claims: { iss: 'me' } })
    const forms = [publicKey, publicJwk, await importPublicKey(publicKey, { algorithm })]
    for (const form of forms)
      expect((await verifyJwt(token, form, { algorithm })).claims).toEqual({ iss: 'me' })
    for (const other of (Object.keys(algorithms) as SigningAlgorithm[]).filter((one) => one !== algorithm))
      await expect(verifyJwt(token, publicKey, { algorithm: other })).rejects.toMatchObject({
        code: 'SIGNATURE_INVALID',
      })
  })
})

test('`key_ops` and `use` of a JWK are obeyed, when it signs and when it verifies', async () => {
  const jwk = key.export({ format: 'jwk' }) as { kty: string }
  const mismatch = { code: 'KEY_ALGORITHM_MISMATCH' }
  for (const more of [{ use: 'enc' }, { key_ops: ['decrypt'] }, { key_ops: ['verify'] }, { key_ops: [] }])
    await expect(importSigningKey({ ...jwk, ...more }, { algorithm: 'RS256' })).rejects.toMatchObject(
      mismatch,
    )
  for (const more of [{ use: 'enc' }, { key_ops: ['encrypt'] }, { key_ops: ['sign'] }, { key_ops: [] }])
    await expect(importPublicKey({ ...publicJwk, ...more }, { algorithm: 'RS256' })).rejects.toMatchObject(
      mismatch,
    )
  const both = { ...jwk, key_ops: ['sign', 'verify'], use: 'sig', alg: 'RS256' }
  expect(await (await importSigningKey(both, { algorithm: 'RS256' })).sign(data)).toEqual(await right(data))
})

test('a public half that changes is imported anew, one that stays only once', async () => {
  const halves = [publicJwk, { ...publicJwk, n: publicJwk.e }]
  let reads = 0
  const signer: SigningKey = {
    algorithm: 'RS256',
    get publicJwk() {
      return (reads++ < 4 ? halves[0] : halves[1]) as { kty: string }
    },
    sign: right,
  }
  const guarded = await importSigningKey(signer, { algorithm: 'RS256' })
  await guarded.sign(data)
  await guarded.sign(data)
  await expect(guarded.sign(data)).rejects.toMatchObject({ code: 'SIGN_FAILED' })
})

describe('signJwt with a signing key from elsewhere, as it is', () => {
  const jwt = { header: { alg: 'RS256' }, claims: { iss: 'me' } } as const
  test('takes bytes of any kind', async () => {
    const kinds: ((bytes: Uint8Array<ArrayBuffer>) => unknown)[] = [
      (bytes) => bytes,
      (bytes) => Buffer.from(bytes),
      (bytes) => bytes.buffer,
      (bytes) => new DataView(bytes.buffer),
    ]
    for (const kind of kinds) {
      const sign = async (bytes: Uint8Array) => kind(await right(bytes)) as Uint8Array
      await verifyJwt(await signJwt(remote({ sign }), jwt), publicJwk, { algorithm: 'RS256' })
    }
  })
  test('that throws or returns no bytes is SIGN_FAILED', async () => {
    const signers: (() => unknown)[] = [
      () => Promise.reject(new TypeError('the service is down')),
      async () => undefined,
      async () => 'signature',
      async () => new Uint8Array(),
    ]
    for (const sign of signers)
      await expect(signJwt(remote({ sign: sign as SigningKey['sign'] }), jwt)).rejects.toMatchObject({
        code: 'SIGN_FAILED',
      })
  })
})
