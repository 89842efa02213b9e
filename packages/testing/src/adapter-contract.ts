import type { Provider, SigningKey } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import { describe } from 'vitest'
import { testCalls } from './adapter-contract/calls.ts'
import { testClock } from './adapter-contract/clock.ts'
import { testEvents } from './adapter-contract/events.ts'
import { testFaults } from './adapter-contract/faults.ts'
import { testOptions } from './adapter-contract/options.ts'
import { testOrigins } from './adapter-contract/origins.ts'
import { testRefusals } from './adapter-contract/refusals.ts'
import { testSharing } from './adapter-contract/sharing.ts'
import { testSingleFlight } from './adapter-contract/single-flight.ts'

/** What the contract has to know of an adapter. */
export interface AdapterContract<Credentials = unknown> {
  /** Which kind of key is meant, where an adapter knows several. */
  kind?: string
  provider: Provider
  createEmulator(options: EmulatorOptions): Emulator<Credentials>
  /** The factory's own options, of what the emulator registered and of the key that belongs to it. */
  options(credentials: Credentials, privateKey: SigningKey): Record<string, unknown>
  /** Whether proof is exchanged for a token, signed once for many requests, or signed for each. */
  proof: 'exchanged' | 'signed once' | 'signed each time'
}

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
