import { UsageError } from '../usage-error.ts'

/** Where a token store is. */
export interface StoreAddress {
  kind: 'single' | 'sentinel' | 'cluster'
  nodes: readonly { host: string; port: number }[]
  tls: boolean
  user: string | undefined
  /** Only in an address that did not come from an argument. */
  password: string | undefined
  database: number
  /** What Sentinel calls the set of servers. */
  master: string | undefined
}

/** The variable that holds the address when the flag does not. */
export const storeVariable = 'COUNTERSIGN_TOKEN_STORE'

const forms =
  'Forms: redis://HOST:6379, rediss://HOST:6379 (TLS), redis+sentinel://HOST:26379,HOST:26379/MASTER, redis+cluster://HOST:7000,HOST:7001'

const scheme = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\//i

/**
 * Reads the address of a token store. The text is never repeated in an error: it may hold a password.
 *
 * @throws {UsageError} when it is not one, or when an argument holds a password, which others can see.
 */
export function parseStoreAddress(
  text: string,
  origin: '--token-store' | typeof storeVariable,
): StoreAddress {
  const [whole, protocol = '', variant = 'single'] = scheme.exec(text) ?? []
  if (whole === undefined) throw invalid(origin, 'has an unknown scheme')
  const rest = text.slice(whole.length)
  const [authority = '', ...path] = rest.split('/')
  const at = authority.lastIndexOf('@')
  const userInfo = at < 0 ? '' : authority.slice(0, at)
  const colon = userInfo.indexOf(':')
  if (colon >= 0 && origin === '--token-store')
    throw new UsageError(
      'A password in --token-store can be seen by other users of this computer, and is kept in the shell history.',
      `Leave it out, and set ${storeVariable}_PASSWORD, or ${storeVariable}_PASSWORD_FILE with the path of a file. Change the password if others may have seen it.`,
    )
  if (/[?#]/.test(rest)) throw invalid(origin, 'has a query or a fragment')
  const kind = variant.toLowerCase() as StoreAddress['kind']
  const nodes = authority
    .slice(at + 1)
    .split(',')
    .map((node) => parseNode(node, kind === 'sentinel' ? 26_379 : 6379, origin))
  if (kind === 'single' && nodes.length > 1)
    throw invalid(origin, 'has several hosts: begin it with redis+sentinel:// or redis+cluster://')
  const master = kind === 'sentinel' ? path.shift() : undefined
  if (kind === 'sentinel' && (master === undefined || master === ''))
    throw invalid(origin, 'has no master name, the path after the hosts')
  const [database = '', ...more] = path
  if (more.length > 0 || !/^\d{0,4}$/.test(database))
    throw invalid(origin, 'has a path that is not a database number')
  if (kind === 'cluster' && Number(database) > 0)
    throw invalid(origin, 'names a database, and a cluster has only one')
  return {
    kind,
    nodes,
    tls: protocol.toLowerCase() === 'rediss',
    user: decode(colon < 0 ? userInfo : userInfo.slice(0, colon), origin) || undefined,
    password: colon < 0 ? undefined : decode(userInfo.slice(colon + 1), origin),
    database: Number(database),
    master,
  }
}

function parseNode(text: string, standardPort: number, origin: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? plain
  const number = port === undefined ? standardPort : Number(port)
  if (host === undefined || number < 1 || number > 65_535)
    throw invalid(origin, 'has a host or a port that cannot exist')
  return { host, port: number }
}

function decode(text: string, origin: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(origin, 'has a % that is not followed by two hexadecimal digits')
  }
}

function invalid(origin: string, problem: string): UsageError {
  return new UsageError(`The address of ${origin} ${problem}.`, `${forms}.`)
}
