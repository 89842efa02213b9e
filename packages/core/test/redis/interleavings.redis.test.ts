import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { connect } from './clients.ts'
import type { Call, Event, ModelState } from './model.ts'
import { someTime } from './model.ts'
import { generateSchedules, runSchedule, settings } from './schedules.ts'

let server: RedisServer
let client: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  server = await startRedis()
  client = await connect(server.url)
})
afterAll(async () => {
  client?.destroy()
  await server?.end()
})

/** Where a reply has a time that is left. */
const timeAt: Readonly<Record<string, number>> = { held: 1, refused: 1, record: 5 }

/** A time that is left is a number on a server, whichever. */
function withoutTimes(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply
  return reply.map((part, index) => (index === timeAt[reply[0]] && Number(part) > 0 ? someTime : part))
}

async function happen({ event, restored }: Event, [token, lease]: readonly string[]): Promise<unknown> {
  if (event === 'lease ends') return client.del(String(lease))
  if (event === 'everything is lost') return client.flushAll()
  if (event === 'intent is lost') return client.hDel(String(token), 'spender')
  // A failover brings back what the replica had: the hash before the publication.
  if (restored === undefined) return undefined
  const { epoch, generation, record } = restored
  const fields = { epoch, generation, record, outlives: 600_000 }
  return Promise.all([
    client.del(String(token)),
    client.hSet(String(token), fields),
    client.pExpire(String(token), 900_000),
  ])
}

/** The state of the model as the keys of a server hold it. */
function toKeys({ token, lease }: ModelState) {
  const { epoch, generation, record, spender } = token ?? {}
  const hash = { epoch, generation: String(generation), record, ...(spender !== '' && { spender }) }
  const text = (held: NonNullable<typeof lease>) =>
    'refusal' in held ? `refusal|${held.refusal}` : `lease|${held.owner}|${held.epoch}|${held.generation}`
  return { token: token === undefined ? {} : hash, lease: lease === undefined ? null : text(lease) }
}

/** `pnpm test:full` runs every schedule, other runs every fifth. */
const every = process.env['COUNTERSIGN_FULL'] === '1' ? 1 : 5

test.each(settings)('$title: a server answers as the model does', { timeout: 600_000 }, async (setting) => {
  const schedules = [...generateSchedules(setting)].filter((_, index) => index % every === 0)
  for (const schedule of schedules) {
    const { model } = await runSchedule(setting, schedule)
    const calls = model.trace.filter((entry): entry is Call => 'script' in entry)
    const keys = calls[0]?.keys ?? []
    // One connection: the server runs them in this order, and nobody waits in between.
    const replies = await Promise.all([
      client.flushAll(),
      ...model.trace.map((entry) =>
        'event' in entry
          ? happen(entry, keys).then(() => entry.event)
          : client.eval(entry.script, { keys: [...entry.keys], arguments: [...entry.args] }),
      ),
    ])
    const { outlives: _, ...hash } = await client.hGetAll(String(keys[0]))
    const found = { token: hash, lease: await client.get(String(keys[1])) }
    const place = schedule.join(', ')
    expect(replies.slice(1).map(withoutTimes), place).toEqual(
      model.trace.map((entry) => ('event' in entry ? entry.event : entry.reply)),
    )
    expect(found, place).toEqual(toKeys(model.state))
  }
})
