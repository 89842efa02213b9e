import type { Io } from '../io.ts'
import { type Judgement, ok, warn } from './finding.ts'

const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const

/** Whether proxy variables are set, and whether this Node follows them. */
export function judgeProxy({ env }: Io, nodeVersion: string): Judgement {
  const about = { id: 'proxy', provider: null }
  const given = names.filter((name) => (env[name] ?? '') !== '')
  if (given.length === 0) return ok(about, 'No proxy is set: calls go straight to the provider.')
  const isOne = given.length === 1
  const set = `${given.join(' and ')} ${isOne ? 'is' : 'are'} set`
  const wrong = given.find((name) => !URL.canParse(env[name] ?? ''))
  if (wrong !== undefined)
    return warn(about, `${wrong} is not the address of a proxy.`, `export ${wrong}=http://proxy.example:8080`)
  if (followsProxy(env, nodeVersion)) return ok(about, `${set}, and ${isOne ? 'holds' : 'hold'} here.`)
  if (!canFollowProxy(nodeVersion))
    return warn(
      about,
      `${set}, and Node ${nodeVersion} does not follow ${isOne ? 'it' : 'them'}.`,
      'Install Node 24, or 22.21 or later, and set NODE_USE_ENV_PROXY=1.',
    )
  return warn(
    about,
    `${set}, and Node follows ${isOne ? 'it' : 'them'} only when NODE_USE_ENV_PROXY is 1.`,
    'export NODE_USE_ENV_PROXY=1',
  )
}

/** Whether calls to an address go through a proxy. */
export function goesThroughProxy(url: URL, { env }: Io, nodeVersion: string): boolean {
  if (!followsProxy(env, nodeVersion)) return false
  const secure = url.protocol === 'https:'
  const wanted = names.slice(secure ? 0 : 2, secure ? 2 : 4)
  if (!wanted.some((name) => (env[name] ?? '') !== '')) return false
  return !isExempt(url, env['NO_PROXY'] ?? env['no_proxy'] ?? '')
}

/** Whether `NO_PROXY` names a host: `*`, a name with all below it, with or without a port. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  return list.split(/[,\s]+/).some((entry) => {
    const [, name = '', only = at] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (name === '*') return true
    return name !== '' && only === at && (hostname === name || hostname.endsWith(`.${name}`))
  })
}

function followsProxy(env: Io['env'], nodeVersion: string): boolean {
  const isAsked = env['NODE_USE_ENV_PROXY'] === '1' || /--use-env-proxy\b/.test(env['NODE_OPTIONS'] ?? '')
  return isAsked && canFollowProxy(nodeVersion)
}

function canFollowProxy(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 21)
}
