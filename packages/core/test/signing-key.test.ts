import { createPrivateKey, sign as nodeSign } from 'node:crypto'
import { fixedKeys } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { importSigningKey, type SigningKey } from '../src/index.ts'
import { createGate } from '../src/keys/signature-limiter.ts'

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
  test('that never answers is SIGN_FAILED when its time is over', async () => {
    const slow = await imported({ timeoutMs: 20, sign: () => new Promise(() => undefined) })
    await expect(slow.sign(data)).rejects.toMatchObject({
      ...failure,
      message: expect.stringContaining('0.02 s'),
    })
  })
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

test('the gate lets six signatures run, queues the rest, and goes on after a failure', async () => {
  const gate = createGate()
  let running = 0
  let most = 0
  const tasks = Array.from({ length: 40 }, (_, index) =>
    gate(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (index % 7 === 0) throw new Error('one fails')
      return index
    }).catch(() => 'failed'),
  )
  const results = await Promise.all(tasks)
  expect(most).toBe(6)
  expect(running).toBe(0)
  expect(results.filter((result) => result === 'failed')).toHaveLength(6)
})
