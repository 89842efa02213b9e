import type { CountersignError } from '@countersign/core'
import { exitCodes, toExitCode } from '../exit-code.ts'
import { fail, type Judgement, ok } from './finding.ts'
import type { Probe } from './probe.ts'

/** How the call went. */
export interface Route {
  provider: string
  url: URL
  /** Whether it went through a proxy: then names are looked up there. */
  proxied: boolean
}

/** What a probe tells of name, connection and certificate, up to the first that fails. */
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
    const mend = `Check the base URL and the DNS: nslookup ${hostname}`
    return [fail(dns, `${hostname} has no address (${code}).`, mend, exitCodes.network)]
  }
  if (isCertificate(code)) {
    const reached = ok(connection, `${host} takes connections.`)
    return [resolved, reached, fail(tls, ...certificateWords(code, host), exitCodes.network)]
  }
  const server = proxied ? `${host}, through the proxy,` : host
  return [fail(connection, connectionWords(code, server), `curl --head ${origin}`, exitCodes.network)]
}

function errorWords({ code, problem, hint = '' }: CountersignError): [sentence: string, fix: string] {
  return [`${code}: ${problem}`, hint]
}

function isCertificate(code: string): boolean {
  return /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|_SIGNATURE_FAILURE$|^HOSTNAME_MISMATCH$|^EPROTO$/.test(code)
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
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET')
    return `${server} broke the connection off (${code}).`
  return `${server} cannot be reached (${code}).`
}
