import { CryptographyClient, KeyClient } from '@azure/keyvault-keys'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import { createAzureKeyVaultKey } from './azure-key-vault.ts'
import { createGoogleCloudKmsKey } from './google-cloud-kms.ts'
import { serveSigner } from './serve-signer.ts'

// The programs for Google and Azure, whose clients call a stand-in: neither can be told so from outside.
const [, , service = '', address = '', name = ''] = process.argv
const { hostname, port } = new URL(address)

if (service === 'google') {
  // REST in place of gRPC; the credentials are the application default ones.
  const client = new KeyManagementServiceClient({ apiEndpoint: hostname, port: Number(port), fallback: true })
  await serveSigner(['RS256', 'RS512'], (algorithm) => createGoogleCloudKmsKey(client, name, algorithm))
} else {
  const credential = {
    getToken: async () => ({ token: 'example', expiresOnTimestamp: Date.now() + 3_600_000 }),
  }
  const options = { disableChallengeResourceVerification: true }
  const key = await new KeyClient(address, credential, options).getKey(name, { version: '1' })
  const client = new CryptographyClient(key, credential, options)
  await serveSigner(['RS256', 'RS512'], (algorithm) => createAzureKeyVaultKey(client, key, algorithm))
}
