import { ConfigError, checkOptionNames } from '../errors/config-error.ts'
import { type RedisClient, toRedisEval } from './client.ts'
import { handledKeyOf, parsePrefix, randomText, toName } from './names.ts'

/** Options of {@link createReplayStore}. */
export interface ReplayStoreOptions {
  /** A client as for `createRedisTokenStore`. */
  client: RedisClient
  /** What the names of all keys begin with. Default `countersign:`. */
  prefix?: string
  /** How long a handled id is remembered, in seconds. Default 7 days. */
  rememberSeconds?: number
  /** How long one process may handle an id before another may, in seconds. Default 60. */
  leaseSeconds?: number
}

/**
 * What became of an id. `handled`: now, by this call. `repeated`: earlier, so nothing was done. `in-progress`: by
 * another call at this time, so nothing was done; answer that it should be sent again.
 */
export type ReplayOutcome = 'handled' | 'repeated' | 'in-progress'

/** Remembers across processes which ids have been handled. */
export interface ReplayStore {
  /**
   * Calls `handle` unless the id has been handled, and remembers it when `handle` is done. When `handle` fails, its
   * error passes through and the id may be handled again at once. Errors of the client pass through too.
   */
  once(id: string, handle: () => unknown): Promise<ReplayOutcome>
}

const week = 7 * 24 * 3_600

/** ARGV: attempt, lease in ms. Reply: `handled`, `in-progress`, or `claimed`. */
const beginScript = `
local type = redis.call('TYPE', KEYS[1]).ok
if type ~= 'string' and type ~= 'none' then redis.call('DEL', KEYS[1]) end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 'claimed' end
local value = redis.call('GET', KEYS[1])
if value == 'handled' then return 'handled' end
return value == ARGV[1] and 'claimed' or 'in-progress'
`

/** ARGV: attempt, ms to remember; 0 forgets. A handled id stays handled. Reply: `1` or `0`. */
const endScript = `
if ARGV[2] ~= '0' then
  redis.call('SET', KEYS[1], 'handled', 'PX', ARGV[2])
  return '1'
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return '0' end
redis.call('DEL', KEYS[1])
return '1'
`

/**
 * Handles each id once, however many processes receive it: a webhook that is delivered again, for example. Ids are
 * stored as hashes.
 *
 * A process that dies while it handles an id leaves a lease that ends; then the id may be handled again. So may one
 * whose `handle` took longer than the lease. What `handle` does should bear that, as with every queue.
 *
 * @example
 * ```ts
 * import { createReplayStore } from '@countersign/core/redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://127.0.0.1:6379' })
 * await client.connect()
 * const replays = createReplayStore({ client })
 *
 * export async function receive(webhook: { id: string }): Promise<Response> {
 *   const outcome = await replays.once(webhook.id, () => console.log('new:', webhook.id))
 *   return new Response(null, { status: outcome === 'in-progress' ? 503 : 204 })
 * }
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an unknown client, a prefix with braces, or a time that is not positive.
 */
export function createReplayStore(options: ReplayStoreOptions): ReplayStore {
  // Code without types may leave the options out.
  const given = { ...options } as ReplayStoreOptions
  checkOptionNames(given, optionNames)
  const { client, rememberSeconds = week, leaseSeconds = 60 } = given
  const prefix = parsePrefix(given.prefix)
  const run = toRedisEval(client)
  const leaseMs = toMs(leaseSeconds, 'leaseSeconds')
  const rememberMs = toMs(rememberSeconds, 'rememberSeconds')
  return {
    async once(id, handle) {
      if (typeof id !== 'string' || id === '') {
        throw new ConfigError('`id` must be a string that is not empty.', {
          hint: "Pass the webhook's own id.",
        })
      }
      const keys = [handledKeyOf(prefix, await toName(id))]
      const attempt = randomText()
      const begun = String(await run(beginScript, keys, [attempt, String(leaseMs)]))
      if (begun === 'handled') return 'repeated'
      if (begun !== 'claimed') return 'in-progress'
      try {
        await handle()
      } catch (error) {
        await Promise.resolve(run(endScript, keys, [attempt, '0'])).catch(() => undefined)
        throw error
      }
      await run(endScript, keys, [attempt, String(rememberMs)])
      return 'handled'
    },
  }
}

const optionNames = ['client', 'prefix', 'rememberSeconds', 'leaseSeconds']

function toMs(seconds: unknown, name: string): number {
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0)
    return Math.ceil(seconds * 1_000)
  throw new ConfigError(`\`${name}\` must be a positive number of seconds.`)
}
