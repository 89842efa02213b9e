import { DefaultAzureCredential } from '@azure/identity'
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys'
import { createAzureKeyVaultKey } from './azure-key-vault.ts'
import { serveSigner } from './serve-signer.ts'

// node azure-key-vault-signer.ts VAULT_URL KEY_NAME KEY_VERSION; credentials
// are found as the Azure CLI finds them.
const [, , url = '', name = '', version = ''] = process.argv
const credential = new DefaultAzureCredential()
const key = await new KeyClient(url, credential).getKey(name, { version })
const client = new CryptographyClient(key, credential)
await serveSigner(['RS256', 'RS512'], (algorithm) =>
  createAzureKeyVaultKey(client, key, algorithm),
)
