import { createHash, createPublicKey } from 'node:crypto'
import type { SigningKey } from '@countersign/core'
import type { KeyManagementServiceClient } from '@google-cloud/kms'
import { crc32c } from './crc32c.ts'

/**
 * A key of Google Cloud KMS. `name` is that of a key version; its algorithm is
 * fixed when the key is made: RSA_SIGN_PKCS1_2048_SHA256 and the like for
 * RS256, RSA_SIGN_PKCS1_4096_SHA512 for RS512.
 */
export async function createGoogleCloudKmsKey(
  client: KeyManagementServiceClient,
  name: string,
  algorithm: 'RS256' | 'RS512',
): Promise<SigningKey> {
  const [{ pem }] = await client.getPublicKey({ name })
  if (typeof pem !== 'string')
    throw new Error('Google Cloud KMS returned no public key')
  const { n, e } = createPublicKey(pem).export({ format: 'jwk' })
  return {
    algorithm,
    publicJwk: { kty: 'RSA', n: n as string, e: e as string },
    async sign(data) {
      const hash = algorithm === 'RS256' ? 'sha256' : 'sha512'
      const digest = createHash(hash).update(data).digest()
      const request = {
        name,
        digest: { [hash]: digest },
        digestCrc32c: { value: crc32c(digest) },
      }
      const [answer] = await client.asymmetricSign(request, { timeout: 10_000 })
      const signature = Buffer.from(
        (answer.signature as Uint8Array | null) ?? '',
      )
      const whole = Number(answer.signatureCrc32c?.value) === crc32c(signature)
      if (answer.verifiedDigestCrc32c !== true || !whole)
        throw new Error('bytes were damaged on the way')
      return signature
    },
  }
}
