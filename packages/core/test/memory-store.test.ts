import { createMemoryTokenStore } from '@countersign/core'
import { createFixedClock, describeCoordinatedStore } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'

describeCoordinatedStore({
  create() {
    const clock = createFixedClock()
    const store = createMemoryTokenStore({ clock })
    return { open: () => store, advance: clock.advance }
  },
})

test('the memory store forgets the token that was used longest ago', async () => {
  const store = createMemoryTokenStore({ maxTokens: 2 })
  const record = { value: 'a', scheme: 'Bearer', issuedAt: 0, expiresAt: 600_000 }
  for (const key of ['a', 'b']) await store.set(key, record, { ttlMs: 600_000 })
  await store.get('a')
  await store.set('c', record, { ttlMs: 600_000 })
  expect(await store.get('a')).toMatchObject(record)
  expect(await store.get('b')).toBeUndefined()
  expect(await store.get('c')).toMatchObject(record)
  await store.delete('a')
  expect(await store.get('a')).toBeUndefined()
})

test.each([0, -1, Number.NaN, 1.5, '5'])('a store for %s tokens is CONFIG_INVALID', (maxTokens) => {
  expect(() => createMemoryTokenStore({ maxTokens: maxTokens as number })).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      problem: '`maxTokens` must be a whole number above 0.',
    }),
  )
})

test('reading keys that are not there forgets nothing', async () => {
  const store = createMemoryTokenStore({ maxTokens: 1 })
  await store.set('a', { value: 'a', scheme: 'Bearer', issuedAt: 0, expiresAt: 600_000 }, { ttlMs: 600_000 })
  for (let key = 0; key < 5; key++) await store.get(String(key))
  expect(await store.get('a')).toMatchObject({ value: 'a' })
})

test('a watcher is called while fake timers hold back queueMicrotask', async () => {
  vi.useFakeTimers({ toFake: ['queueMicrotask'] })
  onTestFinished(() => void vi.useRealTimers())
  const store = createMemoryTokenStore()
  const changed = new Promise<void>((resolve) => void store.watch?.('a', resolve))
  await store.set('a', { value: 'a', scheme: 'Bearer', issuedAt: 0, expiresAt: 600_000 }, { ttlMs: 600_000 })
  await changed
})
