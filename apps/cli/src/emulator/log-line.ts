import { toFinding } from '@countersign/core/provider'
import type { Output } from '../output.ts'
import type { AnsweredRequest } from './serve-emulators.ts'

/** A request on one line: method and path, status, the broken rules with their sources, endpoint and fault. */
export function toLogLine(
  { id, method, path, status, entry }: AnsweredRequest,
  now: number,
  paint: Output['paintTalk'],
): string {
  const { rule, advice = [], endpoint, fault } = entry ?? {}
  const colour = status !== undefined && status < 400 ? 'green' : 'red'
  const time = new Date(now).toISOString().slice(11, 19)
  const parts = [time, id ?? '-', method, path, paint(colour, String(status ?? 'no answer'))]
  if (rule !== undefined) parts.push(`${rule.id}: ${toFinding(rule)} ${rule.source}`)
  for (const advised of advice) parts.push(`advised, ${advised.id}: ${toFinding(advised)} ${advised.source}`)
  if (endpoint !== undefined)
    parts.push(fault === undefined ? `(${endpoint})` : `(${endpoint}, fault: ${fault})`)
  return parts.join(' ')
}
