// A process of a fleet: a token source on the shared store, whose callers and clock the test controls.
import './patient-store.ts'
import process from 'node:process'
import { CountersignError, type Token } from '@countersign/core'
import { createOriginClock, createTokenSource, exchangeToken } from '@countersign/core/provider'
import { createRedisTokenStore } from '@countersign/core/redis'
import { createClient } from 'redis'
import type { FleetOrder } from './fleet.ts'
import { encryptionKey } from './schedules.ts'

const [redisUrl = '', providerUrl = ''] = process.argv.slice(2)
const client = createClient({ url: redisUrl, disableOfflineQueue: true }).on('error', () => undefined)
await client.connect()
let now = 0
const clock = createOriginClock(() => now)

/** One attempt: what the provider refuses is refused. */
function exchange(path: string): Promise<Token> {
  return exchangeToken({
    provider: 'acme',
    url: `${providerUrl}${path}`,
    clock,
    build: async () => ({ headers: {}, secrets: [] }),
    response: {
      scheme: 'Bearer',
      refreshToken: 'refresh_token',
      expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 },
    },
    readError: (body) => ({ code: (body as { error?: string }).error ?? '' }),
  }) as Promise<Token>
}

const open = (credentials: string) =>
  createTokenSource(
    async (previous) =>
      previous?.refreshToken === undefined
        ? exchange(`/issue?credentials=${credentials}`)
        : exchange(`/present?token=${previous.refreshToken.reveal()}`).catch(() =>
            exchange(`/issue?credentials=${credentials}`),
          ),
    {
      id: 'acme',
      origin: providerUrl,
      clock,
      random: () => 0,
      cacheKey: async () => ['acme', credentials],
      tokenStore: createRedisTokenStore({ client, encryptionKey }),
    },
  )
const sources = new Map<string, ReturnType<typeof open>>()

process.on('message', async ({ at, callers, credentials = 'good' }: FleetOrder) => {
  now = at
  const source = sources.get(credentials) ?? open(credentials)
  sources.set(credentials, source)
  const results = await Promise.allSettled(Array.from({ length: callers }, () => source.get()))
  const values = results.map((result) => {
    if (result.status === 'fulfilled') return result.value.value.reveal()
    return CountersignError.isInstance(result.reason) ? result.reason.code : String(result.reason)
  })
  process.send?.({ values: [...new Set(values)], count: values.length })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
