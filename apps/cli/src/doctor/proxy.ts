import { exitCodes } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { chooseProxy, readNoProxy, readProxySetting, showProxy } from '../network/choose-proxy.ts'
import { fail, type Judgement, ok, warn } from './finding.ts'

/** Which proxy calls go through; its user name and password are never shown. */
export function judgeProxy({ env }: Io): Judgement {
  const about = { id: 'proxy', provider: null }
  const setting = readProxySetting(env)
  const noProxy = readNoProxy(env)
  if (setting === undefined) {
    const everything = ['ALL_PROXY', 'all_proxy'].find((name) => (env[name] ?? '') !== '')
    if (everything === undefined) return ok(about, 'No proxy is set: calls go straight to the provider.')
    return warn(
      about,
      `${everything} is set, and is not followed: calls go straight to the provider.`,
      'export HTTPS_PROXY=http://proxy.example:8080',
    )
  }
  const { variable, url } = setting
  if (url === undefined)
    return fail(
      about,
      `${variable} is not the address of a proxy for http or https.`,
      `export ${variable}=http://proxy.example:8080`,
      exitCodes.usage,
    )
  const except = noProxy === '' ? '' : ', but to hosts that NO_PROXY names'
  return ok(about, `Calls go through the proxy ${showProxy({ variable, url })}${except}.`)
}

/** Whether calls to an address go through a proxy. */
export function goesThroughProxy(url: URL, { env }: Io): boolean {
  return chooseProxy(url, env) !== undefined
}
