import { type ProviderId, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { type FaultSetting, fittingMounts, noSuchDoor, playFault } from './fault-settings.ts'
import type { Mount } from './mount-emulators.ts'
import { type ClockChange, changeClocks, parseClockChange } from './parse-clock.ts'
import { parseFaults } from './parse-faults.ts'

/** Faults of one provider. */
export interface StagedFaults {
  id: ProviderId
  settings: readonly FaultSetting[]
}

/** What a clock is moved to or by; without an id all clocks. */
export interface StagedClock {
  id: ProviderId | undefined
  change: ClockChange
}

/** Reads `<provider>=<fault>[,<fault>…]`. */
export function parseStagedFaults(text: string): StagedFaults {
  const [name = '', ...rest] = text.split('=')
  const faults = rest.join('=')
  if (faults === '') throw new UsageError('--fault takes <provider>=<fault>, such as speeda=status:503.')
  return { id: toProviderId(name), settings: parseFaults(faults) }
}

/** Reads `<time or offset>` or `<provider>=<time or offset>`. */
export function parseStagedClock(text: string): StagedClock {
  const [name, value] = text.split('=', 2)
  if (value === undefined) return { id: undefined, change: parseClockChange(text, '--clock') }
  return { id: toProviderId(name ?? ''), change: parseClockChange(value, '--clock') }
}

/** Sets everything up before the first request comes. */
export function setStage(
  mounts: readonly Mount[],
  { faults, clocks }: { faults: readonly StagedFaults[]; clocks: readonly StagedClock[] },
): void {
  for (const { id, change } of clocks) {
    const moved = mounts.filter((mount) => id === undefined || mount.id === id)
    changeClocks(
      change,
      moved.map(({ emulator }) => emulator.clock),
      '--clock',
    )
  }
  for (const { id, settings } of faults) {
    const own = mounts.filter((mount) => mount.id === id)
    for (const setting of settings) {
      const fitting = fittingMounts(setting.fault, own)
      if (fitting.length === 0) throw new UsageError(`--fault: ${noSuchDoor(setting.fault.on, own)}.`)
      for (const mount of fitting) playFault(setting, mount)
    }
  }
}
