import type { Fault } from '@countersign/core/emulator'
import type { Endpoint } from '@countersign/core/provider'
import type { Mount } from './mount-emulators.ts'

/** A fault, and how often it is played. */
export interface FaultSetting {
  fault: Fault
  /** For how many requests; absent means until faults are cleared. */
  times?: number
}

/** An hour; a timer takes no more than 24 days anyway. */
export const longestDelayMs = 3_600_000

const withoutBody = new Set([204, 205, 304])

/** What makes no sense in a fault, as the end of a sentence; `undefined` where all does. */
export function findFaultProblem({ fault }: FaultSetting): string | undefined {
  const { on: _on, status, headers, body, redirectTo, ...others } = fault
  const plays = [status, redirectTo, ...Object.values(others)]
  if ((headers !== undefined || body !== undefined) && (status === undefined || redirectTo !== undefined))
    return 'has headers or a body, which need a status and no redirect'
  if (!plays.some((value) => value !== undefined && value !== false)) return 'says nothing that goes wrong'
  if (body !== undefined && withoutBody.has(status ?? 0)) return `has a body, and status ${status} has none`
  if (redirectTo !== undefined && status !== undefined && (status < 300 || status > 399))
    return 'redirects, which needs a status from 300 to 399 or none'
  return undefined
}

/** The emulators among these at which the fault can be played. */
export function fittingMounts<M extends Pick<Mount, 'doors'>>(fault: Fault, mounts: readonly M[]): M[] {
  const { on } = fault
  return on === undefined ? [...mounts] : mounts.filter(({ doors }) => doors.includes(on))
}

/** Says where a door is asked for that is not there. */
export function noSuchDoor(on: Endpoint | undefined, mounts: readonly Pick<Mount, 'id' | 'doors'>[]): string {
  const known = mounts.map(({ id, doors }) => `${id} has ${doors.join(', ')}`)
  return `there is no door ${on}: ${known.join('; ')}`
}

/** Hands a fault to one emulator. */
export function playFault({ fault, times }: FaultSetting, { emulator }: Pick<Mount, 'emulator'>): void {
  if (times === undefined) emulator.faults.always(fault)
  else emulator.faults.once(fault, times)
}
