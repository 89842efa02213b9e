import type { Provider, SigningKey } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import type { TestKeys } from '../test-keys.ts'

/** Options of {@link describeAdapterContract}. */
export interface AdapterContract<Credentials = unknown> {
  /** Which kind of credentials is tested, where the adapter takes several. */
  kind?: string
  /** The descriptor. */
  provider: Provider
  /** The factory of the emulator, with the provider's defaults. */
  createEmulator(options: EmulatorOptions): Emulator<Credentials>
  /**
   * The adapter's own options, made of the credentials that the emulator registered and of the key that belongs to
   * them.
   */
  options(credentials: Credentials, privateKey: SigningKey): Record<string, unknown>
  /**
   * How a request is proved: with a token that something was exchanged for, with one signature until it expires, or
   * with a signature of its own.
   */
  proof: 'exchanged' | 'signed once' | 'signed each time'
  /** Default: {@link testKeys}. */
  keys?: TestKeys
}
