// A process of its own that renews a token step by step. The test sends what to do and gets each outcome.
import process from 'node:process'
import type { TokenRecord } from '@countersign/core'
import { createRedisTokenStore } from '@countersign/core/redis'
import { createClient } from 'redis'
import { encryptionKey, key, type PairProvider, renewal } from './schedules.ts'

const [redisUrl = '', providerUrl = ''] = process.argv.slice(2)
const client = createClient({ url: redisUrl, disableOfflineQueue: true }).on('error', () => undefined)
await client.connect()
const store = createRedisTokenStore({ client, encryptionKey })

async function call(path: string): Promise<TokenRecord | undefined> {
  const response = await fetch(`${providerUrl}${path}`, { method: 'POST' })
  return response.ok ? ((await response.json()) as TokenRecord) : undefined
}
const provider: PairProvider = {
  issue: () => call('/issue'),
  present: (refreshToken) => call(`/present?token=${refreshToken}`),
}

const known = await store.get(key)
const version =
  known?.epoch === undefined ? undefined : { epoch: known.epoch, generation: known.generation ?? 0 }
const run = renewal(store, provider, `process-${process.pid}-`, version)
process.on('message', async () => {
  process.send?.(await run.next())
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
