import { exampleIds } from '../help-examples.ts'
import { type ProviderId, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { type ClockChange, changeClocks, parseClockChange } from './clock.ts'
import { type FaultSetting, fittingMounts, noSuchEndpoint, parseFaults, playFault } from './faults.ts'
import type { Mount } from './serve-emulators.ts'

/** Faults of one provider. */
export interface StagedFaults {
  id: ProviderId
  settings: readonly FaultSetting[]
}

/** What a clock is moved to or by; without an id every clock that is not named elsewhere. */
export interface StagedClock {
  id: ProviderId | undefined
  change: ClockChange
}

/** Reads `<provider>=<fault>[,<fault>…]`. */
export function parseStagedFaults(text: string): StagedFaults {
  const [name = '', ...rest] = text.split('=')
  const faults = rest.join('=')
  if (faults === '')
    throw new UsageError(`--fault must be <provider>=<fault>, such as ${exampleIds()[0]}=status:503.`)
  return { id: toProviderId(name), settings: parseFaults(faults) }
}

/** Reads `<time or offset>` or `<provider>=<time or offset>`. */
export function parseStagedClock(text: string): StagedClock {
  const equals = text.indexOf('=')
  const id = equals < 0 ? undefined : toProviderId(text.slice(0, equals))
  return { id, change: parseClockChange(text.slice(equals + 1), '--clock') }
}

/** Sets everything up before the first request comes. */
export function createFixture(
  mounts: readonly Mount[],
  { faults, clocks }: { faults: readonly StagedFaults[]; clocks: readonly StagedClock[] },
): void {
  const lastFor = (wanted: ProviderId | undefined) => clocks.findLast(({ id }) => id === wanted)
  for (const { id, emulator } of mounts) {
    const own = lastFor(id) ?? lastFor(undefined)
    if (own !== undefined) changeClocks(own.change, [emulator.clock], '--clock')
  }
  for (const { id, settings } of faults) {
    const own = mounts.filter((mount) => mount.id === id)
    for (const setting of settings) {
      const fitting = fittingMounts(setting.fault, own)
      if (fitting.length === 0) throw new UsageError(`--fault: ${noSuchEndpoint(setting.fault.on, own)}.`)
      for (const mount of fitting) playFault(setting, mount)
    }
  }
}
