import { exitCodes } from '../exit-code.ts'
import { toDurationWords } from '../human-time.ts'
import { type Io, nowOf } from '../io.ts'
import { fail, type Judgement, ok, warn } from './finding.ts'
import type { Probe } from './probe.ts'
import type { Rehearsal } from './rehearsal.ts'

const toleratedMs = 5_000
const mend = 'Let the clock follow a time server: sudo timedatectl set-ntp true'

/** Compares our clock with the server's; a difference fails when it breaks a rule of the provider. */
export function judgeClock(
  provider: string,
  result: Probe,
  rehearsal: Rehearsal | undefined,
  io: Io,
): Judgement[] {
  if ('code' in result || result.aheadMs === undefined) return []
  const { aheadMs } = result
  const about = { id: 'clock', provider }
  if (Math.abs(aheadMs) <= toleratedMs) return [ok(about, "The clock agrees with the server's.")]
  const words = `The clock is ${toDurationWords(Math.abs(aheadMs) / 1000)} ${aheadMs > 0 ? 'behind' : 'ahead of'} the server's`
  const now = nowOf(io)
  const brokenAt = (time: number) =>
    (rehearsal?.verdictsAt(time) ?? []).filter(({ kept }) => kept === false).map(({ id }) => id)
  const before = brokenAt(now)
  const broken = brokenAt(now + aheadMs).filter((id) => !before.includes(id))
  if (broken.length === 0) return [warn(about, `${words}.`, mend)]
  return [fail(about, `${words}, which breaks ${broken.join(' and ')}.`, mend, exitCodes.verification)]
}
