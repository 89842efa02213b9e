import { createPrivateKey } from 'node:crypto'
import type { Client } from './clients.ts'
import { type Servers, startServers } from './server.ts'

type Open = (privateKey: string, fetch: typeof globalThis.fetch) => Promise<Client>

interface Attempt {
  /** The status of the answer, or `error`. */
  outcome: number | 'error'
  servers: Servers
}

/** What is tried, in the words of the page, and the words for what came of it. */
interface Trial {
  what: string
  /** The text of the key. Default: PEM, PKCS#8. */
  key?: (pem: string) => string
  /** What the servers answer at first. */
  plan?: (next: Servers['next']) => void
  url?: string
  calls?: number
  say(attempt: Attempt): string
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(null, { status: code, headers })

const tokenRequests = ({ arrivals }: Servers) => arrivals.filter(({ path }) => path === '/token')

/** Whatever the library calls it: the part of the form that is a JWT. */
const assertionOf = ({ body }: { body: string }) => /eyJ[\w.-]+/.exec(body)?.[0]

const received = ({ arrivals }: Servers, host: string) =>
  arrivals.some((arrival) => arrival.host === host && (arrival.authorization !== '' || assertionOf(arrival)))

const isRead = ({ outcome }: Attempt) => (outcome === 200 ? 'read' : 'refused')

export const trials: readonly Trial[] = [
  {
    what: 'A key whose line breaks are written `\\n`, as some environment variables have it',
    key: (pem) => pem.replaceAll('\n', '\\n'),
    say: isRead,
  },
  {
    what: 'A key in PKCS#1 (`BEGIN RSA PRIVATE KEY`)',
    key: (pem) => createPrivateKey(pem).export({ type: 'pkcs1', format: 'pem' }).toString(),
    say: isRead,
  },
  {
    what: 'Token requests for 50 calls at once',
    calls: 50,
    say: ({ servers }) => String(tokenRequests(servers).length),
  },
  {
    what: 'The API answers 401 to a token that has not expired',
    plan: (next) => next['/orders'].push(() => status(401)),
    say: ({ outcome }) => (outcome === 200 ? 'called again with a new token' : '401 for the caller'),
  },
  {
    what: 'The token endpoint answers 503 once',
    plan: (next) => next['/token'].push(() => status(503)),
    say({ outcome, servers }) {
      if (outcome !== 200) return 'error'
      const different = new Set(tokenRequests(servers).map(assertionOf)).size === 2
      return `asked again with ${different ? 'a new' : 'the same'} assertion`
    },
  },
  {
    what: 'The token endpoint refuses, and its `Date` is 10 minutes ahead',
    plan: (next) =>
      next['/token'].push(() => status(401, { date: new Date(Date.now() + 600_000).toUTCString() })),
    say: ({ outcome }) => (outcome === 200 ? 'signed again with the right time' : 'error'),
  },
  {
    what: 'The token endpoint redirects to another host (307)',
    plan: (next) =>
      next['/token'].push((address) => status(307, { location: `${address}/other.example/token` })),
    say: ({ servers }) => (received(servers, 'other.example') ? 'the assertion is sent there' : 'error'),
  },
  {
    what: 'A call of another host',
    url: 'https://other.example/orders',
    say: ({ servers }) => (received(servers, 'other.example') ? 'the token is sent there' : 'refused'),
  },
]

/** Makes one attempt with one library. */
export async function makeAttempt(trial: Trial, open: Open, pem: string): Promise<string> {
  await using servers = await startServers()
  trial.plan?.(servers.next)
  const outcome = await callAll(trial, open, pem, servers).catch(() => 'error' as const)
  return trial.say({ outcome, servers })
}

async function callAll(
  { key, url, calls = 1 }: Trial,
  open: Open,
  pem: string,
  { fetch }: Servers,
): Promise<number> {
  const client = await open(key?.(pem) ?? pem, fetch)
  const call = () => client.call(url ?? 'https://api.example/orders')
  const [status = 0] = await Promise.all(Array.from({ length: calls }, call))
  return status
}
