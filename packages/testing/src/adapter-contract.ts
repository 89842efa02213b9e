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
import { describeUnhurried } from './unhurried.ts'

/**
 * Declares the tests that every adapter must pass, run against its own emulator over HTTP: calls, one exchange for
 * many callers, refusals, clocks that are off, origins and redirects, options, stores, events, faults.
 *
 * @example
 * ```ts
 * import { describeAdapterContract } from '@countersign/testing'
 * import { createAcmeEmulator } from './acme-emulator.ts'
 * import { acmeProvider } from './acme-provider.ts'
 *
 * describeAdapterContract({
 *   provider: acmeProvider,
 *   createEmulator: createAcmeEmulator,
 *   options: ({ tenant, passphrase }) => ({ tenant, passphrase }),
 *   proof: 'exchanged',
 * })
 * ```
 */
export function describeAdapterContract<Credentials>(contract: AdapterContract<Credentials>): void {
  const { kind, provider } = contract
  describeUnhurried(`the adapter contract: ${provider.id}${kind === undefined ? '' : `, ${kind}`}`, () => {
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
