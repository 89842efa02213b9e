import { exitCodes } from '../exit-code.ts'
import { toHumanTime } from '../human-time.ts'
import { type Io, nowOf } from '../io.ts'
import type { OpenProvider } from '../open-provider.ts'
import { fail, failOf, type Judgement, ok, warn } from './finding.ts'

/** Really makes the token call or, where tokens are made here, the provider's harmless example request. */
export async function judgeOnline(
  { provider, auth, baseUrl }: OpenProvider,
  exchanges: boolean,
  io: Io,
): Promise<Judgement> {
  const about = { id: 'online', provider: provider.id }
  const again = `countersign explain ${provider.id}`
  try {
    if (exchanges && auth.token !== undefined) {
      const { expiresAt } = await auth.token()
      return ok(
        about,
        `The token call was answered with a token; it ends ${toHumanTime(expiresAt, nowOf(io))}.`,
      )
    }
    const { method, path } = provider.example
    const signal = AbortSignal.timeout(io.deadlineMs ?? 40_000)
    const { status, body } = await auth.fetch(`${baseUrl}/${path}`, { method, signal })
    body?.cancel().catch(() => undefined)
    const words = `${method} ${path.split('?')[0]} was answered ${status}`
    if (status < 400) return ok(about, `${words}.`)
    if (status === 401 || status === 403)
      return fail(about, `HTTP_STATUS: ${words}.`, again, exitCodes.refused)
    const send = `countersign request ${provider.id} ${path} --include`
    return warn(about, `${words}, which tells nothing of the credentials.`, send)
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      return fail(about, 'TIMEOUT: there was no answer in time.', 'Try again later.', exitCodes.network)
    return failOf(about, error, again)
  }
}
