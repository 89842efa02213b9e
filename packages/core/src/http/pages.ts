import type { KyInstance, Options } from 'ky'
import { RequestError } from '../errors/request-error.ts'

/** How a provider splits its lists into pages. */
export interface Pagination {
  /** The query parameter that names a page. */
  readonly parameter: string
  /** The member of a response that names the next page; missing, null or empty on the last one. */
  readonly next: string
}

/** What {@link createPages} needs besides the API. */
export interface PagesContext extends Pagination {
  /** The provider's id, for errors. */
  readonly provider: string
}

/** Reads a list page by page. */
export type Pages = <Page = unknown>(
  path: string | URL,
  options?: Options,
) => AsyncGenerator<Page, void, undefined>

/**
 * A function that reads a list page by page: each page is one call of `api`, made when it is asked for, and the
 * query of the first call is kept for the others.
 *
 * @example
 * ```ts
 * import { createAuth } from '@countersign/core'
 * import { createPages } from '@countersign/core/provider'
 *
 * const authorize = async () => ({ 'x-api-key': 'example' })
 * const acme = createAuth('acme', authorize, { baseUrl: 'https://api.acme.example/v1' })
 * const pages = createPages(acme, { provider: 'acme', parameter: 'pageToken', next: 'nextPageToken' })
 * for await (const page of pages<{ data: unknown[] }>('orders')) console.log(page.data.length)
 * ```
 */
export function createPages(
  auth: { readonly api: KyInstance },
  { provider, ...pagination }: PagesContext,
): Pages {
  return async function* pages<Page>(path: string | URL, options: Options = {}) {
    const [address = '', given = ''] =
      String(path)
        .split('#', 1)[0]
        ?.split(/\?(.*)/s) ?? []
    const query = toQuery(given, options.searchParams)
    const nextPage = createPageReader(pagination, provider, query.get(pagination.parameter))
    for (;;) {
      const page = await auth.api.get(address, { ...options, searchParams: query }).json<Page>()
      yield page
      const next = nextPage(page)
      if (next === undefined) return
      query.set(pagination.parameter, next)
    }
  }
}

/**
 * A function that finds the name of the next page in each page of one list, `undefined` on the last one.
 *
 * @example
 * ```ts
 * import { createPageReader } from '@countersign/core/provider'
 *
 * const nextPage = createPageReader({ parameter: 'pageToken', next: 'nextPageToken' }, 'acme')
 * nextPage({ data: [], nextPageToken: 'second' }) // → 'second'
 * ```
 *
 * @throws {RequestError} `RESPONSE_INVALID` for a name that is not a string, for pages that repeat, and for a page
 * that another one named and that is not a JSON object.
 */
export function createPageReader(
  { next: member }: Pagination,
  provider: string,
  first: string | null = null,
): (page: unknown) => string | undefined {
  const seen = new Set(first === null ? [] : [first])
  let isFirst = true
  const invalid = (problem: string) => new RequestError('RESPONSE_INVALID', problem, { provider })
  return (page) => {
    const isObject = typeof page === 'object' && page !== null && !Array.isArray(page)
    if (!isObject && !isFirst) throw invalid('A page of the list is not a JSON object.')
    isFirst = false
    const next: unknown = isObject ? Reflect.get(page, member) : undefined
    if (next === undefined || next === null || next === '') return undefined
    if (typeof next !== 'string' && typeof next !== 'number')
      throw invalid(`\`${member}\` of a page is not a string.`)
    const name = String(next)
    if (seen.has(name)) throw invalid(`\`${member}\` names a page that was already read.`)
    seen.add(name)
    return name
  }
}

function toQuery(inPath: string, given: Options['searchParams']): URLSearchParams {
  const query = new URLSearchParams(inPath)
  for (const [name, value] of new URLSearchParams(toPlain(given))) query.append(name, value)
  return query
}

/** As ky reads it: members that are undefined are left out. */
function toPlain(given: Options['searchParams']): ConstructorParameters<typeof URLSearchParams>[0] {
  if (given === undefined || typeof given === 'string') return given
  const pairs: readonly unknown[][] = Symbol.iterator in given ? [...given] : Object.entries(given)
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [[String(name), String(value)]]))
}
