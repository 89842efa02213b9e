import { createHash, createPublicKey } from 'node:crypto'
import {
  GetPublicKeyCommand,
  type KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms'
import type { SigningKey } from '@countersign/core'

/**
 * A key of AWS KMS: key spec RSA_2048, RSA_3072 or RSA_4096, key usage
 * SIGN_VERIFY.
 */
export async function createAwsKmsKey(
  client: KMSClient,
  keyArn: string,
  algorithm: 'RS256' | 'RS512',
): Promise<SigningKey> {
  const { PublicKey } = await client.send(
    new GetPublicKeyCommand({ KeyId: keyArn }),
  )
  if (PublicKey === undefined) throw new Error('AWS KMS returned no public key')
  const der = {
    key: Buffer.from(PublicKey),
    format: 'der',
    type: 'spki',
  } as const
  const { n, e } = createPublicKey(der).export({ format: 'jwk' })
  return {
    algorithm,
    publicJwk: { kty: 'RSA', n: n as string, e: e as string },
    async sign(data) {
      const hash = algorithm === 'RS256' ? 'sha256' : 'sha512'
      const command = new SignCommand({
        KeyId: keyArn,
        Message: createHash(hash).update(data).digest(),
        MessageType: 'DIGEST',
        SigningAlgorithm:
          algorithm === 'RS256'
            ? 'RSASSA_PKCS1_V1_5_SHA_256'
            : 'RSASSA_PKCS1_V1_5_SHA_512',
      })
      const { Signature } = await client.send(command, {
        abortSignal: AbortSignal.timeout(10_000),
      })
      if (Signature === undefined)
        throw new Error('AWS KMS returned no signature')
      return Signature
    },
  }
}
