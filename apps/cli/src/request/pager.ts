import type { Provider } from '@countersign/core'
import { createPageReader, RequestError } from '@countersign/core/provider'
import { UsageError } from '../usage-error.ts'
import type { RequestPlan } from './plan.ts'
import { type ReadBodyOptions, readChunks, readWhole } from './read-body.ts'

/** One page of a list. */
export interface Page {
  /** The response; its body was read and can be read again. */
  response: Response
  /** The address of the page that follows. */
  next: URL | undefined
  /** What is printed between this page and the next. */
  separator: string
}

/** Finds the pages of a list. */
export interface Pager {
  /** @throws {RequestError} `RESPONSE_INVALID` for pages that repeat, are too large, or are not pages. */
  read(response: Response, url: URL): Promise<Page>
}

/** @throws {UsageError} for a request that is not for a list, and a provider whose pages are not documented. */
export function createPager(
  { method, body, url }: RequestPlan,
  { id, pagination }: Provider,
  reading: ReadBodyOptions,
): Pager {
  if (pagination === undefined)
    throw new UsageError(
      `--paginate cannot be used with ${id}: how its lists are split into pages is not documented.`,
    )
  if (method !== 'GET' || body !== undefined)
    throw new UsageError('--paginate follows the pages of a GET request without a body.')
  const { parameter } = pagination
  const nextOf = createPageReader(pagination, id, url.searchParams.get(parameter))
  return {
    async read(response, at) {
      if (response.status >= 400) return { response, next: undefined, separator: '' }
      const { status, headers } = response
      const bytes = await readWhole(readChunks(response, reading), longestPage, () => tooLarge(id))
      const name = nextOf(parseJson(bytes))
      return {
        response: new Response(bytes.length === 0 ? null : bytes, { status, headers }),
        next: name === undefined ? undefined : toPage(at, parameter, name),
        separator: bytes.at(-1) === 0x0a ? '' : '\n',
      }
    },
  }
}

/** A page that is larger is not held in memory. */
const longestPage = 64 * 1_048_576

function tooLarge(provider: string): RequestError {
  const hint = 'Ask for smaller pages.'
  return new RequestError('RESPONSE_INVALID', 'A page of the list is larger than 64 MiB.', { provider, hint })
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** The same address with the name of a page; the rest of the query stays as it was typed. */
function toPage(url: URL, parameter: string, name: string): URL {
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !new URLSearchParams(pair).has(parameter))
  const page = new URL(url)
  page.search = [...others, `${parameter}=${encodeURIComponent(name)}`].join('&')
  return page
}
