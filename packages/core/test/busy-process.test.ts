import { stat } from 'node:fs/promises'
import type { AuthEvent } from '@countersign/core'
import { expect, test } from 'vitest'
import { createStoreGuard, storeMs } from '../src/token/guarded-store.ts'

test('an answer that arrived while the process was busy is read, and the store does not count as late', async () => {
  const events: AuthEvent[] = []
  const ask = createStoreGuard('acme', (event) => events.push(event))
  const answer = ask('get', () => stat(import.meta.filename))
  const until = performance.now() + storeMs + 100
  while (performance.now() < until);
  expect(await answer).toEqual({ value: expect.objectContaining({ size: expect.any(Number) }) })
  expect(events).toEqual([])
})
