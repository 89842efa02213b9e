import { serveSigner } from './serve-signer.ts'
import { createVaultTransitKey } from './vault-transit.ts'

// node vault-transit-signer.ts KEY_NAME; the variables are those of Vault's own
// command.
const [, , name = ''] = process.argv
const { VAULT_ADDR: address = 'https://127.0.0.1:8200', VAULT_TOKEN = '' } =
  process.env
await serveSigner(['RS256', 'RS512'], (algorithm) =>
  createVaultTransitKey({ address, name, algorithm, token: () => VAULT_TOKEN }),
)
