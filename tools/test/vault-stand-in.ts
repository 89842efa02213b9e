import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signDigest } from '../recipes/sign-digest.ts'

/** A stand-in for the transit engine of Vault: what its API documents of keys and signing, defaults included. */
export interface VaultStandIn {
  url: string
  /** Bodies of the calls to sign. */
  readonly signed: Record<string, unknown>[]
  rotate(): void
  [Symbol.asyncDispose](): Promise<void>
}

const hashes = { 'sha2-256': 'sha256', 'sha2-512': 'sha512' } as const

/** Serves one key, `countersign`, to callers that have the token. */
export async function startVault(token: string): Promise<VaultStandIn> {
  const versions: KeyObject[] = []
  const publicKeys: Record<number, { public_key: string }> = {}
  const signed: Record<string, unknown>[] = []
  const rotate = () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const public_key = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    publicKeys[versions.push(pair.privateKey)] = { public_key }
  }
  rotate()

  async function answer(incoming: IncomingMessage): Promise<[number, object]> {
    if (incoming.headers['x-vault-token'] !== token) return [403, { errors: ['permission denied'] }]
    const { method, url = '' } = incoming
    if (method === 'GET' && url === '/v1/transit/keys/countersign')
      return [200, { data: { type: 'rsa-2048', keys: publicKeys, latest_version: versions.length } }]
    const path = /^\/v1\/transit\/sign\/countersign\/(sha2-256|sha2-512)$/.exec(url)
    if (method !== 'POST' || path === null) return [404, { errors: [] }]
    const body = JSON.parse(Buffer.concat(await incoming.toArray()).toString())
    signed.push(body)
    const { prehashed = false, signature_algorithm = 'pss', key_version = versions.length } = body
    const input = Buffer.from(body.input, 'base64')
    const hash = hashes[path[1] as keyof typeof hashes]
    const key = versions[key_version - 1]
    if (key === undefined) return [400, { errors: ['unknown key version'] }]
    if (prehashed && input.length !== createHash(hash).digest().length)
      return [400, { errors: ['input is not a digest'] }]
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING }
    const bytes =
      signature_algorithm === 'pss'
        ? sign(hash, input, pss)
        : prehashed
          ? signDigest(key, hash, input)
          : sign(hash, input, key)
    return [200, { data: { signature: `vault:v${key_version}:${bytes.toString('base64')}`, key_version } }]
  }

  const server = createServer(async (incoming, outgoing) => {
    const [status, body] = await answer(incoming)
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signed,
    rotate,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
