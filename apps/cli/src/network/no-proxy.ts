import { BlockList, isIP } from 'node:net'

/**
 * Whether a list such as `NO_PROXY` names the host of a URL: `*`, a name with all below it, an address or a
 * range of addresses, each with or without a port. Entries stand apart by commas or spaces.
 */
export function isNamedIn(list: string, { hostname, port, protocol }: URL): boolean {
  const host = bare(hostname)
  const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  return list.split(/[,\s]+/).some((entry) => {
    const { name, only = at } = split(entry.toLowerCase())
    if (name === '' || only !== at) return false
    if (name === '*') return true
    if (name.includes('/')) return isInRange(host, name)
    return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`))
  })
}

/** `[::1]:443`, `::1`, `.example:443`: name and port. */
function split(entry: string): { name: string; only?: string | undefined } {
  const isAddress6 = !entry.startsWith('[') && entry.split(':').length > 2
  if (isAddress6) return { name: bare(entry) }
  const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return { name: name === '*' ? name : bare(name.replace(/^\*?\./, '')), only }
}

/** Without the brackets of an address, and without the dot that may end a name. */
function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

function isInRange(host: string, range: string): boolean {
  const [address = '', bits = ''] = range.split('/')
  const version = isIP(address)
  if (version === 0 || version !== isIP(host) || !/^\d{1,3}$/.test(bits)) return false
  if (Number(bits) > (version === 4 ? 32 : 128)) return false
  const type = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(address, Number(bits), type)
  return list.check(host, type)
}
