import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { AuthEvent } from '@countersign/core'
import { expect, onTestFinished, test } from 'vitest'
import { createStoreGuard, storeMs } from '../src/token/guarded-store.ts'

test('an answer that arrived while the process was busy is read, and the store does not count as late', async () => {
  const events: AuthEvent[] = []
  const ask = createStoreGuard('acme', (event) => events.push(event))
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const answer = ask('get', () => once(port1, 'message'))
  // It is there at once, and is read when the event loop gets to it.
  port2.postMessage('record')
  const until = performance.now() + storeMs + 100
  while (performance.now() < until);
  expect(await answer).toEqual({ value: ['record'] })
  expect(events).toEqual([])
})
