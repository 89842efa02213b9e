import type { RedisClient } from '@countersign/core/redis'
import { toRedisEval } from '../../src/redis/client.ts'

const script = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key) - ARGV[1]
  if left > 0 then redis.call('PEXPIRE', key, left) else redis.call('DEL', key) end
end
return 'OK'
`

/** Shortens the life of every key of a server: its tests do not wait. */
export async function letTimePass(client: RedisClient, milliseconds: number): Promise<void> {
  await toRedisEval(client)(script, [], [String(milliseconds)])
}
