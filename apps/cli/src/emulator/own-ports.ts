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
    const id = toProviderId(name)
    if (named.has(id)) throw new UsageError(`--ports names ${id} twice.`)
    named.set(id, read(port))
  }
  return { named }
}

/**
 * The port of each emulator that has one of its own; `common` is the one of all.
 *
 * @throws {UsageError} for an emulator that is not started, and for a port that does not exist or is named twice.
 */
export function toOwnPorts(
  ports: OwnPorts | undefined,
  ids: readonly ProviderId[],
  common: number,
): ReadonlyMap<ProviderId, number> {
  if (ports === undefined) return new Map()
  if ('named' in ports) {
    const stranger = [...ports.named.keys()].find((id) => !ids.includes(id))
    if (stranger !== undefined) throw new UsageError(`--ports: the emulator ${stranger} is not started.`)
    refuseSamePort(ports.named, common)
    return ports.named
  }
  const { first } = ports
  if (first + ids.length - 1 > 65_535) throw new UsageError('--ports leaves no port for each emulator.')
  const counted = new Map(ids.map((id, index) => [id, first === 0 ? 0 : first + index] as const))
  refuseSamePort(counted, common)
  return counted
}

/** 0 is a different port each time. */
function refuseSamePort(ports: ReadonlyMap<ProviderId, number>, common: number): void {
  const owners = new Map([[common, '--port']])
  for (const [id, port] of ports) {
    const owner = owners.get(port)
    if (port !== 0 && owner !== undefined) {
      throw new UsageError(
        `Port ${port} is given twice: by ${owner} and by --ports for ${id}.`,
        'Choose two ports; 0 chooses a free one.',
      )
    }
    owners.set(port, `--ports for ${id}`)
  }
}
