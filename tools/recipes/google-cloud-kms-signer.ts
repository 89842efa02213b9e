import { KeyManagementServiceClient } from '@google-cloud/kms'
import { createGoogleCloudKmsKey } from './google-cloud-kms.ts'
import { serveSigner } from './serve-signer.ts'

// node google-cloud-kms-signer.ts KEY_VERSION_NAME ALGORITHM; credentials are
// the application default ones.
const [, , name = '', algorithm = ''] = process.argv
const client = new KeyManagementServiceClient()
const algorithms = (['RS256', 'RS512'] as const).filter(
  (each) => each === algorithm,
)
await serveSigner(algorithms, (each) =>
  createGoogleCloudKmsKey(client, name, each),
)
