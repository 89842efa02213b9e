import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KMSClient } from '@aws-sdk/client-kms'
import type { CryptographyClient, KeyVaultKey } from '@azure/keyvault-keys'
import { importSigningKey, type SigningAlgorithm, type SigningKey } from '@countersign/core'
import type { KeyManagementServiceClient } from '@google-cloud/kms'
import { createAwsKmsKey } from './aws-kms.ts'
import { createAzureKeyVaultKey } from './azure-key-vault.ts'
import { crc32c } from './crc32c.ts'
import { createGoogleCloudKmsKey } from './google-cloud-kms.ts'
import { signDigest } from './sign-digest.ts'
import { answerAws } from './stand-ins.ts'
import { trySigners } from './try-signers.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const data = new TextEncoder().encode('what is signed'.repeat(500))

/** The recipe's key, as an adapter uses it: its signature is checked before it leaves. */
async function tries(name: string, algorithm: SigningAlgorithm, key: SigningKey): Promise<void> {
  const signature = await (await importSigningKey(key, { algorithm })).sign(data)
  const hash = algorithm === 'RS256' ? 'sha256' : 'sha512'
  if (!verify(hash, data, publicKey, signature)) throw new Error(`${name}, ${algorithm}: does not hold`)
  console.log(`${name}, ${algorithm}: signs`)
}

/** The wire of AWS KMS. */
const server = createServer(async (incoming, outgoing) => {
  const input = JSON.parse(Buffer.concat(await incoming.toArray()).toString())
  outgoing.setHeader('content-type', 'application/x-amz-json-1.1')
  outgoing.end(JSON.stringify(answerAws(incoming, input, { privateKey, publicKey }).body))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const kms = new KMSClient({
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  credentials: { accessKeyId: 'example', secretAccessKey: 'example' },
})

/** What the gRPC client of Google answers. */
const google = {
  getPublicKey: async () => [{ pem: publicKey.export({ type: 'spki', format: 'pem' }) }],
  asymmetricSign: async (request: { digest: Record<string, Buffer>; digestCrc32c: { value: number } }) => {
    const [[hash, digest] = ['', Buffer.alloc(0)]] = Object.entries(request.digest)
    const signature = signDigest(privateKey, hash as 'sha256' | 'sha512', digest)
    const verifiedDigestCrc32c = request.digestCrc32c.value === crc32c(digest)
    return [{ signature, signatureCrc32c: { value: `${crc32c(signature)}` }, verifiedDigestCrc32c }]
  },
} as unknown as KeyManagementServiceClient

/** What the client of Azure answers. */
const azure = {
  sign: async (algorithm: string, digest: Uint8Array) => ({
    algorithm,
    result: signDigest(privateKey, algorithm === 'RS256' ? 'sha256' : 'sha512', digest),
  }),
  signData: async (algorithm: string, bytes: Uint8Array) => ({
    algorithm,
    result: sign(algorithm === 'RS256' ? 'sha256' : 'sha512', bytes, privateKey),
  }),
} as unknown as CryptographyClient
const { n, e } = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' })
const number = (text: string | undefined) => Buffer.from(text ?? '', 'base64url')
const keyOfAzure = { key: { kty: 'RSA', n: number(n), e: number(e) } } as unknown as KeyVaultKey

try {
  for (const algorithm of ['RS256', 'RS512'] as const) {
    await tries('AWS KMS', algorithm, await createAwsKmsKey(kms, 'alias/example', algorithm))
    await tries('Google Cloud KMS', algorithm, await createGoogleCloudKmsKey(google, 'example', algorithm))
    await tries('Azure Key Vault', algorithm, createAzureKeyVaultKey(azure, keyOfAzure, algorithm))
  }
} finally {
  kms.destroy()
  server.close()
}
await trySigners({ privateKey, publicKey })
