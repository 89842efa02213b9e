import { constants, existsSync } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { chooseProxy, readNoProxy, readProxySetting, showProxy } from '../network/choose-proxy.ts'
import { shownPath } from '../shell-quote.ts'
import { cacheFix } from '../token-cache/cache-fix.ts'
import { cacheDirectory } from '../token-cache/disk-token-store.ts'
import { fail, type Judgement, ok, warn } from './finding.ts'

const least = [22, 12] as const

/** Whether this Node is one that the command is made for. */
export function judgeNodeVersion(version: string): Judgement {
  const about = { id: 'node', provider: null }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < least[0] || (major === least[0] && minor < least[1])
  if (!isOld) return ok(about, `Node is ${version}.`)
  return fail(
    about,
    `Node is ${version}, older than ${least.join('.')}.`,
    `Install Node ${least.join('.')} or later.`,
    exitCodes.usage,
  )
}

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

/** Whether certificates are checked, and whether the extra ones can be read. */
export function judgeCertificates({ env }: Io): Judgement {
  const about = { id: 'certificates', provider: null }
  const { NODE_TLS_REJECT_UNAUTHORIZED: checks, NODE_EXTRA_CA_CERTS: extra = '' } = env
  if (checks === '0')
    return warn(
      about,
      'NODE_TLS_REJECT_UNAUTHORIZED is 0: anyone in between can take the credentials.',
      'unset NODE_TLS_REJECT_UNAUTHORIZED',
    )
  if (extra === '') return ok(about, 'Certificates are checked against those included in Node.')
  if (existsSync(extra))
    return ok(about, 'Certificates are checked; those in NODE_EXTRA_CA_CERTS are trusted too.')
  return warn(
    about,
    'NODE_EXTRA_CA_CERTS names a file that does not exist, so Node ignores it.',
    'Set NODE_EXTRA_CA_CERTS to the PEM file of the certificate authority of your network.',
  )
}

const about = { id: 'token-cache', provider: null }

/** Whether the folder where tokens are kept is its owner's alone. */
export async function judgeTokenCache({ env }: Io): Promise<Judgement> {
  const directory = cacheDirectory(env)
  const shown = shownPath(directory, env)
  try {
    const names = await openToOthers(directory)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    if (names === undefined) return ok(about, 'The token cache is readable only by you.')
    return warn(about, `Other users can read ${names}.`, `chmod -R go= ${shown}`)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    if (code === 'ENOENT') return ok(about, 'No token is cached yet.')
    return warn(
      about,
      `The token cache, ${shown}, cannot be used (${code}): every command gets a new token.`,
      await cacheFix(env),
    )
  }
}

/** What of the folder others have permissions for; Windows has none. */
async function openToOthers(directory: string): Promise<string | undefined> {
  const isOpen = async (path: string) => ((await stat(path)).mode & 0o077) !== 0
  const folderIsOpen = await isOpen(directory)
  if (process.platform === 'win32') return undefined
  if (folderIsOpen) return 'the token cache'
  for (const name of await readdir(directory))
    if (/\.(jwe|json)$/.test(name) && (await isOpen(join(directory, name)).catch(() => false)))
      return 'cached tokens'
  return undefined
}
