import type { Provider, SigningKey } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import type { TestKeys } from '../test-keys.ts'

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
  /** Default: {@link testKeys}. */
  keys?: TestKeys
}
