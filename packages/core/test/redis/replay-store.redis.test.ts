import { createReplayStore } from '@countersign/core/redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { connect } from './clients.ts'
import { letTimePass } from './time.ts'

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
beforeEach(() => client.flushAll())

/** What two processes have. */
const open = () => createReplayStore({ client })

test('of many processes that receive an id at once, one handles it', async () => {
  let handled = 0
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () =>
      open().once('id', async () => {
        handled++
      }),
    ),
  )
  expect(handled).toBe(1)
  expect(outcomes.filter((outcome) => outcome === 'handled')).toHaveLength(1)
  expect(await open().once('id', () => handled++)).toBe('repeated')
  expect(handled).toBe(1)
})

test('an id that is being handled is in progress for the others', async () => {
  const done = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const first = open().once('id', () => {
    begun.resolve()
    return done.promise
  })
  await begun.promise
  expect(await open().once('id', () => expect.unreachable())).toBe('in-progress')
  done.resolve()
  expect(await first).toBe('handled')
})

test('a handler that fails throws its error, and the id is handled by the next', async () => {
  const failure = new Error('No.')
  await expect(
    open().once('id', () => {
      throw failure
    }),
  ).rejects.toBe(failure)
  expect(await open().once('id', () => undefined)).toBe('handled')
})

test('a process that dies while it handles an id leaves it to the next one, after its lease', async () => {
  const begun = Promise.withResolvers<void>()
  void open().once('id', () => {
    begun.resolve()
    return new Promise(() => undefined)
  })
  await begun.promise
  await letTimePass(client, 59_000)
  expect(await open().once('id', () => expect.unreachable())).toBe('in-progress')
  await letTimePass(client, 2_000)
  expect(await open().once('id', () => undefined)).toBe('handled')
})

test('an id that was handled meanwhile is not forgotten by a handler that fails late', async () => {
  const done = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const late = open().once('id', () => {
    begun.resolve()
    return done.promise
  })
  await begun.promise
  await letTimePass(client, 61_000)
  expect(await open().once('id', () => undefined)).toBe('handled')
  done.reject(new Error('late'))
  await expect(late).rejects.toThrow('late')
  expect(await open().once('id', () => expect.unreachable())).toBe('repeated')
})

test('an id is remembered for seven days, and the same id under another prefix is another', async () => {
  expect(await open().once('id', () => undefined)).toBe('handled')
  await letTimePass(client, 7 * 24 * 3_600_000 - 1_000)
  expect(await open().once('id', () => expect.unreachable())).toBe('repeated')
  expect(await createReplayStore({ client, prefix: 'other:' }).once('id', () => undefined)).toBe('handled')
  await letTimePass(client, 2_000)
  expect(await open().once('id', () => undefined)).toBe('handled')
})

test('a value of another type is replaced', async () => {
  await open().once('id', () => undefined)
  const [name = ''] = await client.keys('*')
  await client.del(name)
  await client.lPush(name, 'something')
  expect(await open().once('id', () => undefined)).toBe('handled')
  expect(await client.get(name)).toBe('handled')
})

test('while the server cannot be reached nothing is handled', async () => {
  const gone = await connect(server.url)
  gone.destroy()
  const store = createReplayStore({ client: gone })
  await expect(store.once('id', () => expect.unreachable())).rejects.toThrow()
  expect(await open().once('id', () => undefined)).toBe('handled')
})
