import { BlockList, isIP } from 'node:net'
import type { Io } from '../io.ts'

type Environment = Io['env']

/** What the variables say of a proxy. */
export interface ProxySetting {
  /** The variable that it is taken from. */
  variable: string
  /** The proxy; `undefined` where the variable holds no address of one. May hold a password: not to be shown. */
  url: URL | undefined
}

/** A proxy that calls go through. */
export interface NamedProxy extends ProxySetting {
  url: URL
}

/** As curl and Node have it: small letters first, and `HTTP_PROXY` where there is none for https. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const

/** The proxy that the environment names. */
export function readProxySetting(env: Environment): ProxySetting | undefined {
  const variable = variables.find((name) => (env[name] ?? '') !== '')
  return variable === undefined ? undefined : { variable, url: toProxyUrl(env[variable] ?? '') }
}

/** The list of hosts that are called without a proxy. */
export function readNoProxy(env: Environment): string {
  return env['no_proxy'] || env['NO_PROXY'] || ''
}

/**
 * The proxy for calls to a URL. Plain http has none: credentials go over http on loopback only, and behind a
 * proxy that would be another computer's.
 */
export function chooseProxy(url: URL, env: Environment): ProxySetting | undefined {
  if (url.protocol !== 'https:' || isNamedIn(readNoProxy(env), url)) return undefined
  return readProxySetting(env)
}

/** Scheme, host and port of a proxy: what of it may be shown. */
export function showProxy({ url, variable }: NamedProxy): string {
  return `${url.origin} (${variable})`
}

function toProxyUrl(text: string): URL | undefined {
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
}

/**
 * Whether a list such as `NO_PROXY` names the host of a URL: `*`, a name with all below it, an address or a
 * range of addresses, each with or without a port. Entries stand apart by commas or spaces.
 */
function isNamedIn(list: string, { hostname, port, protocol }: URL): boolean {
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

/** What a proxy is told of its user. */
export interface ProxyCredentials {
  /** The value of `Proxy-Authorization`. */
  header: string
  /** What must not be seen of it. */
  secrets: readonly string[]
}

/** User name and password in the URL of a proxy. */
export function toProxyCredentials({ username, password }: URL): ProxyCredentials | undefined {
  if (username === '' && password === '') return undefined
  const plain = `${decode(username)}:${decode(password)}`
  const encoded = Buffer.from(plain).toString('base64')
  return { header: `Basic ${encoded}`, secrets: [password, decode(password), encoded] }
}

/** A percent sign that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The first code of the system or of TLS down the chain of causes, of several attempts that of the first;
 * `TIMEOUT`; `NETWORK` for what has none.
 */
export function toNetworkCode(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    if (at.name === 'TimeoutError') return 'TIMEOUT'
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z_\d]+$/.test(code)) return code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'NETWORK'
}

/** Whether such a code is about a certificate, or TLS as a whole. */
export function isCertificateCode(code: string): boolean {
  return /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|_SIGNATURE_FAILURE$|^HOSTNAME_MISMATCH$|^EPROTO$/.test(code)
}
