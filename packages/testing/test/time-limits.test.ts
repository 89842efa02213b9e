import { createMemoryTokenStore } from '@countersign/core'
import { createFixedClock, describeCoordinatedStore } from '@countersign/testing'
import { afterEach, expect, vi } from 'vitest'

// Vitest's own limit, which a project has unless it sets another.
vi.setConfig({ testTimeout: 5_000 })

afterEach(({ task }) => expect(task.timeout).toBe(600_000))

describeCoordinatedStore({
  create() {
    const clock = createFixedClock()
    const store = createMemoryTokenStore({ clock })
    return { open: () => store, advance: clock.advance }
  },
})
