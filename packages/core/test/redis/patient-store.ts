// Imported for its effect: a store that answers late is waited for, so that the order of events decides a test and
// not the speed of the machine. What happens when a store is given up is tested in trouble.redis.test.ts.
import { storeMs } from '../../src/token/guarded-store.ts'

const platformTimer = globalThis.setTimeout
const patientTimer = (run: () => void, milliseconds?: number, ...rest: []) =>
  platformTimer(run, milliseconds === storeMs ? 240 * storeMs : milliseconds, ...rest)
globalThis.setTimeout = Object.assign(patientTimer, platformTimer) as typeof setTimeout
