import type { OpenProvider } from '../open-provider.ts'
import { type Metrics, metricsContentType } from './metrics.ts'
import { toRefusal } from './refusal.ts'

/** What operators ask the proxy about itself. */
export interface AdminAnswer {
  status: number
  contentType: string
  body: string
}

/** Under this prefix the proxy answers for itself, so that no path of a provider is shadowed. */
export const adminPrefix = '/_countersign'

/** Answers `/healthz`, `/readyz` and `/metrics`. */
export async function answerAdmin(
  { method = '', path }: { method: string | undefined; path: string },
  open: OpenProvider,
  metrics: Metrics,
): Promise<AdminAnswer> {
  if (method !== 'GET' && method !== 'HEAD')
    return json(405, { code: 'METHOD_REFUSED', message: 'only GET and HEAD.' })
  switch (path) {
    case '/healthz':
      return json(200, { status: 'up' })
    case '/readyz':
      return answerReady(open)
    case '/metrics':
      return { status: 200, contentType: metricsContentType, body: metrics.text() }
    default:
      return json(404, { code: 'NOT_FOUND', message: 'there are /healthz, /readyz and /metrics.' })
  }
}

/** Ready is who has a token, or a key that signs where every request has a token of its own. */
async function answerReady({ auth, provider, baseUrl }: OpenProvider): Promise<AdminAnswer> {
  try {
    if (auth.token === undefined) await auth.headers(new Request(`${baseUrl}/${provider.example.path}`))
    else await auth.token()
    return json(200, { status: 'ready' })
  } catch (error) {
    const { code, message } = await toRefusal(error)
    return json(503, { code, message })
  }
}

function json(status: number, body: object): AdminAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) }
}
