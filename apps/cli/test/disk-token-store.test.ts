import { createFixedClock, describeCoordinatedStore } from '@countersign/testing'
import { createDiskTokenStore } from '../src/token-cache/disk-token-store.ts'
import { createScratch } from './run-command.ts'

const secret = new TextEncoder().encode('a secret of a credential')

describeCoordinatedStore({
  async create() {
    const scratch = await createScratch()
    const clock = createFixedClock()
    const open = () => createDiskTokenStore({ directory: scratch.path, secret, now: clock.now })
    return { open, advance: clock.advance, [Symbol.asyncDispose]: async () => scratch[Symbol.asyncDispose]() }
  },
})
