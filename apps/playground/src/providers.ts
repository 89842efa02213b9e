import { createCDataEmulator } from '@countersign/cdata/emulator'
import { cdataProvider } from '@countersign/cdata/provider'
import type { Provider } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { paymentsGateProvider } from '@countersign/paymentsgate/provider'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { speedaProvider } from '@countersign/speeda/provider'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { utglProvider } from '@countersign/utgl/provider'
import { createVictorEmulator } from '@countersign/victor/emulator'
import { victorProvider } from '@countersign/victor/provider'

/** A provider and its emulator. */
export interface Entry {
  provider: Provider
  createEmulator(options?: EmulatorOptions): Emulator<object>
  /** The factory's name, for code that is taken along. */
  factory: string
}

/** Every provider that the page knows, in the order in which it shows them: all else comes from these. */
export const entries: readonly [Entry, ...Entry[]] = [
  { provider: speedaProvider, createEmulator: createSpeedaEmulator, factory: 'createSpeeda' },
  { provider: cdataProvider, createEmulator: createCDataEmulator, factory: 'createCData' },
  { provider: utglProvider, createEmulator: createUtglEmulator, factory: 'createUtgl' },
  { provider: victorProvider, createEmulator: createVictorEmulator, factory: 'createVictor' },
  {
    provider: paymentsGateProvider,
    createEmulator: createPaymentsGateEmulator,
    factory: 'createPaymentsGate',
  },
]
