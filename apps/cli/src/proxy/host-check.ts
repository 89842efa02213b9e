import { isIP, isIPv6 } from 'node:net'
import { UsageError } from '../usage-error.ts'

/** Which values of the header `Host` are let through. */
export interface HostCheck {
  /** Lower case, without a port. */
  names: ReadonlySet<string>
  /** Whether every IP address is, since a page can make a name point elsewhere, but not an address. */
  addresses: boolean
  /** The rule in words. */
  description: string
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** What reaches a server that listens on this computer only. */
export const loopbackHosts: HostCheck = {
  names: new Set(),
  addresses: false,
  description: '127.0.0.1, localhost or [::1]',
}

/** Whether the value of a `Host` header is allowed; its port may be any. */
export function isAllowedHost(host: string, { names, addresses }: HostCheck): boolean {
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^:[\]]+?)\.?(?::\d{1,5})?$/i.exec(host) ?? []
  const lower = name.toLowerCase()
  if (loopback.test(lower) || names.has(lower)) return true
  return addresses && isIP(lower.replace(/^\[|\]$/g, '')) > 0
}

/** Where a server listens, and what callers name it. */
export interface HostOptions {
  /** The address that is listened on. */
  host: string
  /** Names of `--allowed-host`. */
  allowed: readonly string[]
  /** Whether IP addresses are allowed where others can connect, as probes address a pod. */
  addresses: boolean
}

/** The hosts of a server: this computer's own, the address that it listens on, and the names that are given. */
export function toHostCheck({ host, allowed, addresses }: HostOptions): HostCheck {
  const isOpen = !isLoopback(host)
  const own = isOpen && !isWildcard(host) ? [toUrlHost(host)] : []
  const any = addresses && isOpen
  const others = any ? ['an IP address'] : own
  return {
    names: new Set([...own, ...allowed].map((name) => name.toLowerCase())),
    addresses: any,
    description: `${['127.0.0.1, localhost, [::1]', ...others].join(', ')} or a name of --allowed-host`,
  }
}

/** Whether only this computer can connect to an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** The host of a URL at which this computer reaches a server that listens on an address. */
export function toReachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return toUrlHost(host === '::' ? '::1' : host)
}

function toUrlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** Reads the address that a flag names. */
export function toListenHost(flag: string): (text: string) => string {
  return (text) => {
    const host = text.replace(/^\[(.*)\]$/, '$1').toLowerCase()
    if (host === 'localhost' || isIP(host) > 0) return host
    throw new UsageError(
      `${flag} must be an IP address of this computer, or localhost.`,
      '0.0.0.0 and :: stand for all of them.',
    )
  }
}

/** Reads a host name or an IP address as callers name it; repeated. */
export function collectAllowedHost(text: string, all: readonly string[] = []): readonly string[] {
  const name = isIPv6(text) ? `[${text}]` : text.replace(/\.$/, '')
  const isName =
    name.length <= 253 && /^(?:[a-z\d_](?:[\w-]*[a-z\d_])?)(?:\.[a-z\d_](?:[\w-]*[a-z\d_])?)*$/i.test(name)
  const isBracketed = /^\[.*\]$/.test(name) && isIPv6(name.slice(1, -1))
  if (isName || isBracketed) return [...all, name]
  throw new UsageError(
    '--allowed-host must be a host name or an IP address, without scheme, port and wildcard.',
    'Repeat it for several names: --allowed-host countersign --allowed-host countersign.default.svc',
  )
}
