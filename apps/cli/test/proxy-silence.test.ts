import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer, Socket } from 'node:net'
import { join } from 'node:path'
// Kept from the time before the tests move the timers.
import { setImmediate as nextTurn, setTimeout as timersPhase } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchSilence } from '../src/proxy/forward.ts'
import { createScratch } from './run-command.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const timeoutMs = 500

/** Watches a request whose caller has sent everything, and counts how often the provider was called silent. */
function watch({ complete = true, outgoing }: { complete?: boolean; outgoing?: ServerResponse } = {}) {
  const incoming = new IncomingMessage(new Socket())
  incoming.complete = complete
  const onSilence = vi.fn()
  const silence = watchSilence({
    timeoutMs,
    provider: 'utgl',
    incoming,
    outgoing: outgoing ?? new ServerResponse(incoming),
    onSilence,
  })
  return { incoming, silence, onSilence }
}

/** Moves the timers, and lets what they put off to the next turn happen. */
async function pass(milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds)
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}

test('silence is told once the time is over, and a piece begins the time anew', async () => {
  const { silence, onSilence } = watch()
  await pass(timeoutMs - 1)
  silence.broken()
  await pass(timeoutMs - 1)
  expect(onSilence).not.toHaveBeenCalled()
  await pass(1)
  expect(onSilence).toHaveBeenCalledOnce()
})

test('data that arrived while this process was busy does not count as silence', async () => {
  await using scratch = await createScratch()
  // What is written to a socket of this kind can be read at once.
  const server = createServer().listen(join(scratch.path, 'socket'))
  await once(server, 'listening')
  const client = connect(join(scratch.path, 'socket'))
  const [peer] = (await once(server, 'connection')) as [Socket]
  const { silence, onSilence } = watch()
  client.once('data', silence.broken)
  // As after a long turn: the time is over, and what came has not been read.
  await timersPhase(0)
  peer.write('here')
  await pass(timeoutMs)
  expect(onSilence).not.toHaveBeenCalled()
  silence.stop()
  client.destroy()
  server.close()
})

test('a caller that still sends is waited for', async () => {
  const { incoming, onSilence } = watch({ complete: false })
  for (let round = 0; round < 5; round++) await pass(timeoutMs)
  expect(onSilence).not.toHaveBeenCalled()
  incoming.complete = true
  await pass(timeoutMs)
  expect(onSilence).toHaveBeenCalledOnce()
})

test('a caller that does not read is waited for', async () => {
  const outgoing = new ServerResponse(new IncomingMessage(new Socket()))
  // Without a connection nothing that is written gets away.
  while (outgoing.write(Buffer.alloc(65_536)));
  const { silence, onSilence } = watch({ outgoing })
  for (let round = 0; round < 5; round++) await pass(timeoutMs)
  expect(onSilence).not.toHaveBeenCalled()
  silence.stop()
})
