import { describe } from 'vitest'
import { testCalls } from './adapter-contract/calls.ts'
import { testClock } from './adapter-contract/clock.ts'
import type { AdapterContract } from './adapter-contract/contract.ts'
import { testEvents } from './adapter-contract/events.ts'
import { testFaults } from './adapter-contract/faults.ts'
import { testOptions } from './adapter-contract/options.ts'
import { testOrigins } from './adapter-contract/origins.ts'
import { testRefusals } from './adapter-contract/refusals.ts'
import { testSharing } from './adapter-contract/sharing.ts'
import { testSingleFlight } from './adapter-contract/single-flight.ts'

/** The behaviour that holds for every adapter, against its own emulator over HTTP. */
export function describeAdapterContract<Credentials>(contract: AdapterContract<Credentials>): void {
  const { kind, provider } = contract
  describe(`the adapter contract: ${provider.id}${kind === undefined ? '' : `, ${kind}`}`, () => {
    const adapter = contract as AdapterContract
    testCalls(adapter)
    testSingleFlight(adapter)
    testRefusals(adapter)
    testClock(adapter)
    testOrigins(adapter)
    testOptions(adapter)
    testSharing(adapter)
    testEvents(adapter)
    testFaults(adapter)
  })
}
