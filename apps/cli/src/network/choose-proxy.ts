import type { Io } from '../io.ts'
import { isNamedIn } from './no-proxy.ts'

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
