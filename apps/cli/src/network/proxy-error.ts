import { RequestError } from '@countersign/core'
import { type NamedProxy, showProxy } from './choose-proxy.ts'
import { toNetworkCode } from './network-code.ts'
import type { ProxyCredentials } from './proxy-credentials.ts'

/** What is known of a call that the proxy did not carry. */
export interface ProxyCall {
  proxy: NamedProxy
  credentials: ProxyCredentials | undefined
  url: URL
}

/** The error for a proxy that gave no connection: it names the proxy, never its user or password. */
export function toProxyError(
  failure: Error & { status: number | undefined },
  { proxy, credentials, url }: ProxyCall,
): RequestError {
  const { status, cause } = failure
  const code = cause instanceof Error && cause.name === garbage ? garbage : toNetworkCode(cause)
  const isLate = code.includes('TIMEOUT') || code.includes('TIMEDOUT')
  const [problem, hint] =
    status === undefined ? ofCode(code, isLate, proxy) : ofStatus(status, url, proxy, credentials)
  return new RequestError(isLate ? 'TIMEOUT' : 'NETWORK', `The proxy ${showProxy(proxy)} ${problem}.`, {
    hint,
    // What the proxy refuses it refuses again.
    retryable: status === undefined || status >= 500,
    cause,
    secrets: credentials?.secrets,
  })
}

/** The name of undici's error, whose code is often missing. */
const garbage = 'HTTPParserError'

type Words = [problem: string, hint: string]

function ofStatus(
  status: number,
  { host }: URL,
  { variable }: NamedProxy,
  credentials: ProxyCredentials | undefined,
): Words {
  if (status === 407 && credentials === undefined)
    return [
      'wants to know its user (407)',
      `Put name and password into ${variable}, before the host: USER:PASSWORD@.`,
    ]
  // Some say 401 of a user that they do not know.
  if (status === 407 || (status === 401 && credentials !== undefined))
    return [
      `does not take the user name and password of ${variable} (${status})`,
      'Correct them; characters other than letters and digits are percent-encoded.',
    ]
  if (status >= 500)
    return [
      `does not reach ${host} (${status})`,
      `Try again later; name ${host} in NO_PROXY if it is inside.`,
    ]
  return [
    `does not let calls through to ${host} (${status})`,
    `Have ${host} allowed there, or name it in NO_PROXY if it is reached without a proxy.`,
  ]
}

function ofCode(code: string, isLate: boolean, { variable, url }: NamedProxy): Words {
  const check = `Check ${variable}; NO_PROXY names the hosts that are reached without a proxy.`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return [`has no address (${code})`, check]
  if (code === 'ECONNREFUSED') return [`refuses connections (${code})`, check]
  if (isLate) return [`did not answer in time (${code})`, check]
  if (code === garbage)
    return ['answered with something other than HTTP', `Check ${variable}: is it a proxy at all?`]
  if (url.protocol === 'https:' && /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|SIGNATURE|^EPROTO$/.test(code))
    return [
      `is not trusted, or does not speak TLS (${code})`,
      `Check ${variable}: most proxies are http://. NODE_EXTRA_CA_CERTS adds an authority of your network.`,
    ]
  return [`broke the connection off (${code})`, check]
}
