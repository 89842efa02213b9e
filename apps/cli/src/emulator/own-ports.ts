import { type ProviderId, toProviderId } from '../providers.ts'
import { toPort } from '../serving/listen.ts'
import { UsageError } from '../usage-error.ts'

/** What `--ports` says: the first of several ports, or a port for each provider that is named. */
export type OwnPorts = { first: number } | { named: ReadonlyMap<ProviderId, number> }

/** Reads `<first>`, or `<provider>=<port>` separated by commas; the latter repeats. */
export function collectPorts(text: string, all?: OwnPorts): OwnPorts {
  const read = toPort('Each port of --ports')
  if (!text.includes('=')) {
    if (all !== undefined) throw new UsageError('--ports must be one first port, or <provider>=<port>.')
    return { first: read(text) }
  }
  const named = new Map(all !== undefined && 'named' in all ? all.named : [])
  if (all !== undefined && 'first' in all)
    throw new UsageError('--ports must be one first port, or <provider>=<port>.')
  for (const part of text.split(',')) {
    const [name = '', port = ''] = part.split('=')
    named.set(toProviderId(name), read(port))
  }
  return { named }
}

/**
 * The port of each emulator that has one of its own.
 *
 * @throws {UsageError} for an emulator that is not started, or a port that does not exist.
 */
export function toOwnPorts(
  ports: OwnPorts | undefined,
  ids: readonly ProviderId[],
): ReadonlyMap<ProviderId, number> {
  if (ports === undefined) return new Map()
  if ('named' in ports) {
    const stranger = [...ports.named.keys()].find((id) => !ids.includes(id))
    if (stranger !== undefined) throw new UsageError(`--ports: the emulator ${stranger} is not started.`)
    return ports.named
  }
  const { first } = ports
  if (first + ids.length - 1 > 65_535) throw new UsageError('--ports leaves no port for each emulator.')
  return new Map(ids.map((id, index) => [id, first === 0 ? 0 : first + index]))
}
