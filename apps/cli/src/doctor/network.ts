import { CountersignError } from '@countersign/core'
import { parseHttpDate, toDurationWords, toleratedSkewMs } from '@countersign/core/provider'
import type { DryRun } from '../dry-run.ts'
import { enumerate } from '../enumerate.ts'
import { exitCodes, toExitCode } from '../exit-code.ts'
import { toHumanTime } from '../human-time.ts'
import { type Io, nowOf } from '../io.ts'
import { isCertificateCode, toNetworkCode } from '../network/choose-proxy.ts'
import type { OpenProvider } from '../open-provider.ts'
import { fail, failOf, type Judgement, ok, warn } from './finding.ts'

/** What came of a call without any credential. */
export type Probe =
  | {
      status: number
      /** How far the server's clock is ahead of ours, milliseconds; its `Date` counts whole seconds. */
      aheadMs: number | undefined
      tookMs: number
    }
  /** The error code of the system or of TLS; `TIMEOUT`; `NETWORK` for what has none. */
  | {
      code: string
      /** What our own fetch says of the proxy, or of the variable that names it. */
      error?: CountersignError
    }

const deadlineMs = 10_000

/** Asks a server's root for its head, follows no redirect, and sends nothing that is secret. */
export async function probe(origin: string, send: typeof fetch, io: Io): Promise<Probe> {
  const limit = Math.min(deadlineMs, io.deadlineMs ?? deadlineMs)
  const before = nowOf(io)
  try {
    const signal = AbortSignal.timeout(limit)
    const response = await send(`${origin}/`, { method: 'HEAD', redirect: 'manual', signal })
    const after = nowOf(io)
    response.body?.cancel().catch(() => undefined)
    const date = parseHttpDate(response.headers.get('date'))
    const aheadMs = Number.isNaN(date) ? undefined : ahead(date, before, after)
    return { status: response.status, aheadMs, tookMs: after - before }
  } catch (error) {
    if (CountersignError.isInstance(error)) return { code: error.code, error }
    return { code: toNetworkCode(error) }
  }
}

/** The least difference that fits: the answer was written between the two times, within a second of its `Date`. */
function ahead(date: number, before: number, after: number): number {
  if (date > after) return date - after
  return date + 999 < before ? date + 999 - before : 0
}

/** How the call went. */
export interface Route {
  provider: string
  url: URL
  /** Whether it went through a proxy: then names are looked up there. */
  proxied: boolean
}

/** What a probe says about name, connection and certificate, up to the first that fails. */
export function judgeNetwork(result: Probe, { provider, url, proxied }: Route): Judgement[] {
  const { host, hostname, protocol, origin } = url
  const dns = { id: 'dns', provider }
  const connection = { id: 'connection', provider }
  const tls = { id: 'tls', provider }
  const resolved = proxied
    ? ok(dns, `The proxy looks ${hostname} up.`)
    : ok(dns, `${hostname} has an address.`)
  if (!('code' in result)) {
    const { status, tookMs } = result
    const answered = ok(
      connection,
      `${host} answered ${status} after ${tookMs} ms${proxied ? ', through the proxy' : ''}.`,
    )
    const certificate = ok(tls, `The certificate of ${hostname} holds.`)
    return [resolved, answered, ...(protocol === 'https:' ? [certificate] : [])]
  }
  const { code, error } = result
  if (error !== undefined) return [fail(connection, ...errorWords(error), toExitCode(code))]
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const fix = `Check the base URL and the DNS: nslookup ${hostname}`
    return [fail(dns, `The host name ${hostname} cannot be resolved (${code}).`, fix, exitCodes.network)]
  }
  if (isCertificateCode(code)) {
    const reached = ok(connection, `${host} takes connections.`)
    return [resolved, reached, fail(tls, ...certificateWords(code, host), exitCodes.network)]
  }
  const server = proxied ? `${host}, through the proxy,` : host
  return [fail(connection, connectionWords(code, server), `curl --head ${origin}`, exitCodes.network)]
}

function errorWords({ code, problem, hint = '' }: CountersignError): [sentence: string, fix: string] {
  return [`${code}: ${problem}`, hint]
}

function certificateWords(code: string, host: string): [sentence: string, fix: string] {
  const show = `openssl s_client -connect ${host.includes(':') ? host : `${host}:443`} </dev/null`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return [
      `The certificate of ${host} does not hold at this computer's time (${code}).`,
      `Check the clock: date. Then the certificate: ${show}`,
    ]
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return [`The certificate of ${host} is for another name (${code}).`, `Check the base URL: ${show}`]
  if (/CERT|UNABLE_TO_/.test(code))
    return [
      `The certificate of ${host} is of an authority that is not trusted here (${code}).`,
      'export NODE_EXTRA_CA_CERTS=authority.pem, if your network puts its own certificate in between.',
    ]
  return [`TLS with ${host} failed (${code}).`, show]
}

function connectionWords(code: string, server: string): string {
  if (code === 'ECONNREFUSED') return `${server} refuses connections (${code}).`
  if (code === 'TIMEOUT' || code.includes('TIMEDOUT') || code.includes('TIMEOUT'))
    return `${server} did not answer in time (${code}).`
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return `${server} closed the connection (${code}).`
  return `${server} cannot be reached (${code}).`
}

const clockFix = 'Let the clock follow a time server: sudo timedatectl set-ntp true'

/** Compares our clock with the server's; a difference fails when it breaks a rule of the provider. */
export function judgeClock(provider: string, result: Probe, dryRun: DryRun, io: Io): Judgement[] {
  if ('code' in result || result.aheadMs === undefined) return []
  const { aheadMs } = result
  const about = { id: 'clock', provider }
  if (Math.abs(aheadMs) <= toleratedSkewMs) return [ok(about, "The clock agrees with the server's.")]
  const words = `The clock is ${toDurationWords(Math.round(aheadMs / 1000))} ${aheadMs > 0 ? 'behind' : 'ahead of'} the server's`
  const now = nowOf(io)
  const brokenAt = (time: number) =>
    dryRun
      .verdictsAt(time)
      .filter(({ kept }) => kept === false)
      .map(({ id }) => id)
  const before = brokenAt(now)
  const broken = brokenAt(now + aheadMs).filter((id) => !before.includes(id))
  if (broken.length === 0) return [warn(about, `${words}.`, clockFix)]
  return [fail(about, `${words}, which breaks ${enumerate(broken)}.`, clockFix, exitCodes.verification)]
}

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
    return warn(about, `${words}, which says nothing about the credentials.`, send)
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      return fail(
        about,
        'TIMEOUT: The provider did not respond in time.',
        'Try again later.',
        exitCodes.network,
      )
    return failOf(about, error, again)
  }
}
