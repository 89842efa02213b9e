import type { OpenProvider } from '../open-provider.ts'
import { type Metrics, metricsContentType, toMetricsText } from './metrics.ts'
import { adminPrefix, type Mount } from './mounts.ts'
import { type Refusal, toRefusal } from './refusal.ts'

/** What operators ask the proxy about itself. */
export interface AdminAnswer {
  status: number
  contentType: string
  body: string
}

/** Answers `/healthz`, `/readyz`, `/readyz/<mount>` and `/metrics`. */
export async function answerAdmin(
  { method = '', path }: { method: string | undefined; path: string },
  mounts: readonly Mount[],
  metrics: readonly Metrics[],
): Promise<AdminAnswer> {
  if (method !== 'GET' && method !== 'HEAD')
    return json(405, { code: 'METHOD_REFUSED', message: 'Use GET or HEAD.' })
  if (path === '/healthz') return json(200, { status: 'up' })
  if (path === '/metrics')
    return { status: 200, contentType: metricsContentType, body: toMetricsText(metrics) }
  if (path === '/readyz') return answerReady(mounts)
  const one = mounts.find(({ name }) => path === toReadyPath(name))
  if (one !== undefined) return answerReadyOne(one)
  return json(404, { code: 'NOT_FOUND', message: 'Unknown path. Paths: /healthz, /readyz and /metrics.' })
}

function toReadyPath(name: string): string {
  return `/readyz${name.startsWith('/') ? '' : '/'}${name}`
}

/** Ready are all or none: who needs one of several alone asks for it by its name. */
async function answerReady(mounts: readonly Mount[]): Promise<AdminAnswer> {
  const [only] = mounts
  if (only?.name === '') return answerReadyOne(only)
  const findings = await Promise.all(
    mounts.map(async (mount) => [mount.name, await mount.whyNotReady()] as const),
  )
  const ready = findings.every(([, refusal]) => refusal === undefined)
  const states = findings.map(([name, refusal]) => [
    name,
    refusal === undefined
      ? { status: 'ready' }
      : { status: 'not ready', code: refusal.code, message: refusal.message },
  ])
  return json(ready ? 200 : 503, {
    status: ready ? 'ready' : 'not ready',
    mounts: Object.fromEntries(states),
  })
}

async function answerReadyOne(mount: Mount): Promise<AdminAnswer> {
  const refusal = await mount.whyNotReady()
  if (refusal === undefined) return json(200, { status: 'ready' })
  return json(503, { code: refusal.code, message: refusal.message })
}

/** A failure is reported for so long without another try: each one is a signed call to the provider. */
const heldMs = 10_000

/**
 * Makes a function that resolves with the reason why a provider cannot be used. It can when there is a token,
 * or a key that signs where each request is signed. Calls at one time share one try.
 */
export function createReadiness(
  { auth, provider, baseUrl }: Pick<OpenProvider, 'auth' | 'provider' | 'baseUrl'>,
  now: () => number,
): () => Promise<Refusal | undefined> {
  let failed: { refusal: Refusal; at: number } | undefined
  let running: Promise<Refusal | undefined> | undefined
  const attempt = async () => {
    try {
      if (auth.token === undefined) await auth.headers(new Request(`${baseUrl}/${provider.example.path}`))
      else await auth.token()
      failed = undefined
    } catch (error) {
      failed = { refusal: await toRefusal(error), at: now() }
    }
    running = undefined
    return failed?.refusal
  }
  return async () => {
    const age = failed === undefined ? Number.NaN : now() - failed.at
    // A clock that was set back must not extend the wait.
    if (age >= 0 && age < heldMs) return failed?.refusal
    running ??= attempt()
    return running
  }
}

function json(status: number, body: object): AdminAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) }
}

/**
 * What a path asks the proxy about itself; `undefined` when it is a provider's. Without the prefix it is what
 * probes ask everywhere, unless they have a port of their own: then it is the provider's.
 */
export function toAdminPath(path: string, probesElsewhere: boolean): string | undefined {
  if (path.startsWith(`${adminPrefix}/`)) return path.slice(adminPrefix.length)
  if (probesElsewhere) return undefined
  return /^\/(?:healthz|readyz(?:\/.*)?|metrics)$/.test(path) ? path : undefined
}
