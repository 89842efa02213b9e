import { createHash } from 'node:crypto'
import type { CryptographyClient, KeyVaultKey } from '@azure/keyvault-keys'
import type { SigningKey } from '@countersign/core'

/**
 * A key of Azure Key Vault or Managed HSM. `key` is what
 * `KeyClient.getKey(name, { version })` returns, and
 * `client` is `new CryptographyClient(key, credential)`.
 */
export function createAzureKeyVaultKey(
  client: CryptographyClient,
  { key }: KeyVaultKey,
  algorithm: 'RS256' | 'RS512',
): SigningKey {
  const text = (number: Uint8Array | undefined) =>
    Buffer.from(number ?? []).toString('base64url')
  return {
    algorithm,
    publicJwk: { kty: 'RSA', n: text(key?.n), e: text(key?.e) },
    async sign(data) {
      const hash = algorithm === 'RS256' ? 'sha256' : 'sha512'
      const digest = createHash(hash).update(data).digest()
      // `sign` takes the digest; `signData` would hash this digest once more.
      const abortSignal = AbortSignal.timeout(10_000)
      const { result } = await client.sign(algorithm, digest, { abortSignal })
      return result
    },
  }
}
