import { createPublicKey } from 'node:crypto'
import type { SigningKey } from '@countersign/core'

/** Where the key is, and the token for Vault. */
export interface VaultTransitKey {
  /** Such as `https://vault.example.com:8200`. */
  address: string
  /** Where the engine is mounted. Default `transit`. */
  mount?: string
  /** Name of a key of the type rsa-2048, rsa-3072 or rsa-4096. */
  name: string
  algorithm: 'RS256' | 'RS512'
  /** Vault's own token; asked for at each call, since it may be renewed. */
  token: () => string | Promise<string>
}

/**
 * A key of the transit engine of HashiCorp Vault or OpenBao, by its HTTP API.
 */
export async function createVaultTransitKey(
  options: VaultTransitKey,
): Promise<SigningKey> {
  const { address, mount = 'transit', name, algorithm, token } = options
  async function call(path: string, body?: object) {
    const answer = await fetch(`${address}/v1/${mount}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'X-Vault-Token': await token() },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`Vault answered ${answer.status}`)
    return (await answer.json()).data
  }
  // One version is pinned, so that public half and signatures belong together
  // after a rotation, too.
  const { keys, latest_version: version } = await call(`keys/${name}`)
  const { n, e } = createPublicKey(keys[version].public_key).export({
    format: 'jwk',
  })
  const hash = algorithm === 'RS256' ? 'sha2-256' : 'sha2-512'
  return {
    algorithm,
    publicJwk: { kty: 'RSA', n: n as string, e: e as string },
    async sign(data) {
      const { signature } = await call(`sign/${name}/${hash}`, {
        input: Buffer.from(data).toString('base64'),
        prehashed: false,
        signature_algorithm: 'pkcs1v15',
        key_version: version,
      })
      return Buffer.from(signature.replace(/^vault:v\d+:/, ''), 'base64')
    },
  }
}
