import { checkCaller } from '../proxy/access-check.ts'
import type { Arrived } from '../serving/listen.ts'
import { ControlRefusal, toControlRefusal } from './control-refusal.ts'
import { controlRoutes } from './control-routes.ts'
import type { JournalFeed } from './journal-feed.ts'
import type { AnswerItself, MountedEmulator } from './serve-emulators.ts'

/** Under this prefix the command answers for itself; no provider has such an id. */
export const controlPrefix = '/_countersign'

/** Makes what answers `/_countersign/<resource>` and `/_countersign/<provider>/<resource>`. */
export function createControl(feed: JournalFeed): AnswerItself {
  return (arrived, mounted) => {
    const [path = ''] = (arrived.incoming.url ?? '').split('?')
    if (path !== controlPrefix && !path.startsWith(`${controlPrefix}/`)) return undefined
    return answer(arrived, path.slice(controlPrefix.length + 1), mounted, feed)
  }
}

async function answer(
  { incoming, signal }: Arrived,
  path: string,
  mounted: readonly MountedEmulator[],
  feed: JournalFeed,
): Promise<Response> {
  try {
    checkVisitor(incoming)
    const [first = '', ...rest] = path.split('/')
    const named = mounted.filter(({ id }) => id === first)
    const [resource, targets] = named.length > 0 ? [rest.join('/'), named] : [path, mounted]
    const routes = Object.hasOwn(controlRoutes, resource) ? controlRoutes[resource] : undefined
    if (routes === undefined) throw notFound(mounted)
    const { method = '' } = incoming
    const route = Object.hasOwn(routes, method) ? routes[method] : undefined
    if (route === undefined) {
      const allow = Object.keys(routes).join(', ')
      throw new ControlRefusal(405, 'METHOD_REFUSED', `there is ${allow} here.`, { allow })
    }
    return guarded(await route({ incoming, targets, feed, signal }))
  } catch (error) {
    const { status, code, message, headers } = toControlRefusal(error)
    return guarded(Response.json({ code, message }, { status, headers }))
  }
}

/** Pages in a browser, and names that were made to point at this computer, may not use it. */
function checkVisitor(incoming: Arrived['incoming']): void {
  const refusal = checkCaller(incoming, { port: true })
  if (refusal === undefined) return
  const { status, code, message } = refusal
  const browser = 'pages in a browser may not use the control API: call it from a program, such as curl.'
  throw new ControlRefusal(status, code, code === 'BROWSER_REFUSED' ? browser : message)
}

function notFound(mounted: readonly MountedEmulator[]): ControlRefusal {
  const resources = Object.keys(controlRoutes).join(', ')
  const ids = mounted.map(({ id }) => id).join(', ')
  const message = `there are ${resources}, each also behind the name of a provider that is served: ${ids}.`
  return new ControlRefusal(404, 'NOT_FOUND', message)
}

function guarded(response: Response): Response {
  response.headers.set('cache-control', 'no-store')
  response.headers.set('x-content-type-options', 'nosniff')
  return response
}
