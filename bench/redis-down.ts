import { Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createRedisTokenStore } from '@countersign/core/redis'
import { createClient } from 'redis'
import { startRedis } from '../tools/redis-servers.ts'

/**
 * What a dead Redis adds to a call that needs a new token. The server is stopped while the client is connected, so
 * that it accepts commands and answers none. Each call exchanges, which takes no time here; the two sources take
 * turns. Needs redis-server.
 *
 * On a busy computer, two processors, Node 24: the first three calls wait 257, 251 and 251 ms; after that the median
 * goes from 0.007 to 0.012 ms and p99 from 0.053 to 0.125 ms, so 0.07 ms is added.
 */
const calls = 20_000

const server = await startRedis()
const client = createClient({ url: server.url, disableOfflineQueue: true }).on('error', () => undefined)
await client.connect()
const tokenStore = createRedisTokenStore({ client, encryptionKey: new Uint8Array(32) })

function open(store: typeof tokenStore | undefined) {
  // A life this short has expired when it begins: every call exchanges.
  return createTokenSource(
    async (_previous, { now }) => ({ value: new Secret('abc'), scheme: 'Bearer', expiresAt: now + 4_000 }),
    { id: 'bench', origin: 'https://bench.example', ...(store && { tokenStore: store }) },
  )
}

async function time(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await call()
  return performance.now() - start
}

/** The value below which this part of the sorted times lies, in ms. */
const part = (times: readonly number[], share: number) => times[Math.floor(times.length * share)] ?? 0
const sorted = (times: number[]) => times.sort((one, other) => one - other)

try {
  const [alone, shared] = [open(undefined), open(tokenStore)]
  for (let call = 0; call < 500; call++) await alone.get()
  server.process.kill('SIGSTOP')
  const opening = [
    await time(() => shared.get()),
    await time(() => shared.get()),
    await time(() => shared.get()),
  ]
  console.log(`until the store is skipped: ${opening.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`)
  const times = { alone: [] as number[], shared: [] as number[] }
  for (let call = 0; call < calls; call++) {
    times.alone.push(await time(() => alone.get()))
    times.shared.push(await time(() => shared.get()))
  }
  const [without, dead] = [sorted(times.alone), sorted(times.shared)]
  for (const [name, share] of [
    ['median', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [one, other] = [part(without, share), part(dead, share)]
    console.log(
      `${name}: ${one.toFixed(3)} ms without a store, ${other.toFixed(3)} ms with a dead one, ${(other - one).toFixed(3)} ms added`,
    )
  }
} finally {
  client.destroy()
  await server.end()
}
