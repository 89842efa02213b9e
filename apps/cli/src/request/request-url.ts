import { UsageError } from '../usage-error.ts'

/** A path joined to the base URL, with or without a slash at its beginning; a full URL as it is. */
export function toRequestUrl(pathOrUrl: string, baseUrl: string): URL {
  const full = /^[a-z][a-z\d+.-]*:/i.test(pathOrUrl)
  const joined = full
    ? pathOrUrl
    : /^[?#]/.test(pathOrUrl)
      ? `${baseUrl}${pathOrUrl}`
      : `${baseUrl}/${pathOrUrl.replace(/^\//, '')}`
  if (!URL.canParse(joined)) throw new UsageError('the address is neither a path nor a full URL.')
  const url = new URL(joined)
  if (url.username === '' && url.password === '') return url
  throw new UsageError('the address holds a user name or password, which this provider has no use for.')
}
