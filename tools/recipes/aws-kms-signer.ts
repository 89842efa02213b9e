import { KMSClient } from '@aws-sdk/client-kms'
import { createAwsKmsKey } from './aws-kms.ts'
import { serveSigner } from './serve-signer.ts'

// node aws-kms-signer.ts KEY_ARN; region and credentials are found as the AWS
// CLI finds them.
const [, , keyArn = ''] = process.argv
const client = new KMSClient()
await serveSigner(['RS256', 'RS512'], (algorithm) =>
  createAwsKmsKey(client, keyArn, algorithm),
)
