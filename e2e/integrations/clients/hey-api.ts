import { client } from '../generated/hey-api/client.gen.ts'
import { baseUrl, utgl } from './utgl.ts'

client.setConfig({ baseUrl, fetch: utgl.fetch })

export { listAccounts, ping } from '../generated/hey-api/sdk.gen.ts'
