import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { importSigningKey, type SigningKey, signJwt, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAgentKey } from '../recipes/agent.ts'
import { crc32c } from '../recipes/crc32c.ts'
import { createVaultTransitKey } from '../recipes/vault-transit.ts'
import { startVault, type VaultStandIn } from './vault-stand-in.ts'

const algorithms = ['RS256', 'RS512'] as const
const data = new TextEncoder().encode('what is signed')

/** A JWT signed by the key, as an adapter uses it, and verified with the key's own public half. */
async function signsTokens(key: SigningKey): Promise<void> {
  const { algorithm, publicJwk = {} } = key
  const signer = await importSigningKey(key, { algorithm })
  const token = await signJwt(signer, { header: { alg: algorithm }, claims: { sub: 'example' } })
  const { payload } = await verifyJws(token, { ...publicJwk, kty: 'RSA' }, { algorithm })
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ sub: 'example' })
}

describe('the recipe for Vault', () => {
  const secret = randomUUID()
  let vault: VaultStandIn
  beforeAll(async () => {
    vault = await startVault(secret)
  })
  afterAll(() => vault[Symbol.asyncDispose]())
  const keyOf = (algorithm: (typeof algorithms)[number], token = secret) =>
    createVaultTransitKey({ address: vault.url, name: 'countersign', algorithm, token: () => token })

  test.each(algorithms)('signs %s, hashed once, by Vault', async (algorithm) => {
    await signsTokens(await keyOf(algorithm))
    expect(vault.signed.at(-1)).toMatchObject({ prehashed: false, signature_algorithm: 'pkcs1v15' })
  })

  test('keeps the version whose public half it reported, after a rotation', async () => {
    const before = await keyOf('RS256')
    vault.rotate()
    await signsTokens(before)
    const after = await keyOf('RS256')
    await signsTokens(after)
    expect(after.publicJwk).not.toEqual(before.publicJwk)
  })

  test('ends in SIGN_FAILED without the token of Vault when Vault refuses', async () => {
    let token = secret
    const options = {
      address: vault.url,
      name: 'countersign',
      algorithm: 'RS256',
      token: () => token,
    } as const
    const key = await importSigningKey(await createVaultTransitKey(options), { algorithm: 'RS256' })
    token = randomUUID()
    const error: unknown = await key.sign(data).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SIGN_FAILED', cause: { message: 'Vault answered 403' } })
    expect(inspect(error, { depth: 9 })).not.toContain(token)
  })

  const wrong = {
    'the padding that Vault has by default, PSS': { signature_algorithm: undefined },
    'data that is called a digest': { prehashed: true },
    'a digest that is called data': { input: createHash('sha256').update(data).digest('base64') },
  }
  test.each(Object.entries(wrong))('has no signature let out of %s', async (_name, change) => {
    const right = await keyOf('RS256')
    const signed = {
      input: Buffer.from(data).toString('base64'),
      prehashed: false,
      signature_algorithm: 'pkcs1v15',
      ...change,
    }
    const key: SigningKey = {
      ...right,
      async sign() {
        const answer = await fetch(`${vault.url}/v1/transit/sign/countersign/sha2-256`, {
          method: 'POST',
          headers: { 'X-Vault-Token': secret },
          body: JSON.stringify(signed),
        })
        const { data: result, errors } = await answer.json()
        if (result === undefined) throw new Error(errors[0])
        return Buffer.from(result.signature.split(':')[2], 'base64')
      },
    }
    const signer = await importSigningKey(key, { algorithm: 'RS256' })
    await expect(signer.sign(data)).rejects.toMatchObject({ code: 'SIGN_FAILED' })
  })
})

describe('the recipe for an agent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'))
  const socket = join(folder, 'agent.sock')
  const privateKey = createPrivateKey(fixedKeys.rsa2048.privateKey)
  let locked = false
  const server = createServer(async (incoming, outgoing) => {
    const bytes = Buffer.concat(await incoming.toArray())
    if (incoming.url === '/public-key') outgoing.end(fixedKeys.rsa2048.publicKey)
    else if (locked) outgoing.writeHead(423).end()
    else outgoing.end(sign(incoming.url === '/sign/RS256' ? 'sha256' : 'sha512', bytes, privateKey))
  })
  beforeAll(() => new Promise<void>((resolve) => void server.listen(socket, resolve)))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(algorithms)('signs %s over its socket', async (algorithm) => {
    await signsTokens(await createAgentKey(socket, algorithm))
  })

  test('ends in SIGN_FAILED while the agent is locked, and goes on when it is not', async () => {
    const key = await importSigningKey(await createAgentKey(socket, 'RS256'), { algorithm: 'RS256' })
    locked = true
    await expect(key.sign(data)).rejects.toMatchObject({
      code: 'SIGN_FAILED',
      cause: { message: 'the agent answered 423' },
    })
    locked = false
    expect(await key.sign(data)).toHaveLength(256)
  })
})

test('the CRC-32C of the recipe for Google Cloud has its published check value', () => {
  expect(crc32c(new TextEncoder().encode('123456789')).toString(16)).toBe('e3069283')
})
