import type { Io, Sink } from './io.ts'

/**
 * Whether what is written to a stream is in colour. The first of these that speaks decides: `--no-color`;
 * `FORCE_COLOR`, where `0` and `false` mean no; `NO_COLOR`; whether the stream is a terminal that has
 * colours. Empty variables count as not set.
 */
export function wantsColour(sink: Sink, env: Io['env'], { color = true }: { color?: boolean } = {}): boolean {
  if (!color) return false
  const forced = env['FORCE_COLOR'] ?? ''
  if (forced !== '') return forced !== '0' && forced !== 'false'
  return (env['NO_COLOR'] ?? '') === '' && sink.isTTY === true && env['TERM'] !== 'dumb'
}
