import { fromBase64, toBase64 } from '@countersign/core/provider'

/** A page of a list; no token is in it where no page follows, or none comes before. */
export interface EmulatedUtglPage {
  data: readonly unknown[]
  nextPageToken: string | null
  prevPageToken: string | null
}

/** The emulator's own choices: the documentation names neither. */
const defaultPageSize = 20
const pageTokenLifetimeSeconds = 3600

const accounts = ['USD', 'EUR', 'SGD'].map((currency, index) => ({
  id: `emulated-account-${index + 1}`,
  currency,
}))
const transactions = Array.from({ length: 120 }, (_, index) => ({
  id: `emulated-transaction-${index + 1}`,
  accountId: 'emulated-account-1',
}))

/** The lists that the emulator serves, by path. */
export const utglLists: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['/accounts', accounts],
  ['/transactions', transactions],
])

/** What a page token says: the list with its filters, the first item, and the end of its life in epoch milliseconds. */
interface PageTokenContents {
  list: string
  start: number
  expiresAt: number
}

/** The page of a list that a query asks for, or what is wrong with the query. */
export function toUtglPage(
  items: readonly unknown[],
  { path, url: { searchParams: query }, now }: { path: string; url: URL; now: number },
): EmulatedUtglPage | { problem: string } {
  const repeated = ['pageSize', 'pageToken'].find((name) => query.getAll(name).length > 1)
  if (repeated !== undefined) return { problem: `${repeated} is in the query more than once` }
  const size = query.get('pageSize') ?? String(defaultPageSize)
  if (!/^[1-9]\d{0,8}$/.test(size)) return { problem: 'pageSize must be a whole number of at least 1' }
  const list = `${path}?${toFilter(query)}`
  const token = query.get('pageToken')
  const contents = token === null ? { list, start: 0, expiresAt: Number.POSITIVE_INFINITY } : read(token)
  const unknown = { problem: 'pageToken is not one that a page of this list named' }
  if (contents === undefined) return unknown
  if (contents.list !== list)
    return { problem: 'pageToken belongs to another list: path and filters must stay the same for each page' }
  if (now >= contents.expiresAt)
    return { problem: 'pageToken has expired: read the list again from its first page' }
  const { start } = contents
  if (start >= items.length) return unknown
  const end = start + Number(size)
  const expiresAt = now + pageTokenLifetimeSeconds * 1000
  const toToken = (first: number) => write({ list, start: first, expiresAt })
  return {
    data: items.slice(start, end),
    nextPageToken: end < items.length ? toToken(end) : null,
    prevPageToken: start > 0 ? toToken(Math.max(0, start - Number(size))) : null,
  }
}

/** The parameters that choose the items, in any order. */
function toFilter(query: URLSearchParams): string {
  const filter = new URLSearchParams(query)
  filter.delete('pageSize')
  filter.delete('pageToken')
  filter.sort()
  return filter.toString()
}

/** Base64 with its `+`, `/` and `=`, so that a client must encode it. */
function write({ list, start, expiresAt }: PageTokenContents): string {
  return toBase64(new TextEncoder().encode(JSON.stringify([list, start, expiresAt])))
}

function read(token: string): PageTokenContents | undefined {
  try {
    const [list, start, expiresAt]: unknown[] = JSON.parse(
      new TextDecoder().decode(fromBase64(token) ?? new Uint8Array()),
    )
    const isWhole = typeof start === 'number' && Number.isSafeInteger(start) && start >= 0
    if (typeof list === 'string' && isWhole && typeof expiresAt === 'number')
      return { list, start, expiresAt }
  } catch {
    // It is not a page token.
  }
  return undefined
}
