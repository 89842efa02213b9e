import { ConfigError } from '../errors/config-error.ts'
import { RequestError } from '../errors/request-error.ts'

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether a URL may carry credentials as far as its scheme goes: https, or http on loopback. */
function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
}

/**
 * The only URL that an address stands for.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it is not absolute or carries a user name or password.
 */
export function parseUrl(input: string | URL, provider: string): URL {
  const url = URL.canParse(input) ? new URL(input) : undefined
  if (url !== undefined && url.username === '' && url.password === '') return url
  throw new ConfigError(
    `The URL ${url === undefined ? 'is not absolute' : 'contains a user name or password'}.`,
    {
      provider,
      hint: 'Pass an absolute URL of the provider to `fetch`, or a path to `api`.',
    },
  )
}

/**
 * Lets credentials go to the provider's own origins, over https or loopback, and nowhere else.
 *
 * @throws {RequestError} `ORIGIN_REFUSED` or `INSECURE_URL`, before a byte leaves.
 */
export function guardOrigin(url: URL, origins: ReadonlySet<string>, provider: string): void {
  if (!origins.has(url.origin)) {
    throw new RequestError('ORIGIN_REFUSED', `The origin ${url.origin} does not belong to this provider.`, {
      provider,
      hint: `Credentials are sent to ${[...origins].join(', ')} only. If the API is at a different URL, set \`baseUrl\`.`,
    })
  }
  guardScheme(url, provider)
}

/**
 * @throws {RequestError} `INSECURE_URL` for plain http off loopback.
 */
export function guardScheme(url: URL, provider: string): void {
  if (isSecureUrl(url)) return
  throw new RequestError('INSECURE_URL', `The URL of ${url.origin} does not use https.`, {
    provider,
    hint: 'Use https. Plain http is allowed on loopback only.',
  })
}
