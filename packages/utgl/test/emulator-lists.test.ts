import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { createUtgl } from '../src/utgl.ts'
import { createUtglEmulator } from '../src/utgl-emulator.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048

interface Page {
  data: { id: string }[]
  nextPageToken: string | null
  prevPageToken: string | null
}

async function open() {
  const emulator = createUtglEmulator({ clock: () => 1_800_000_000_000 })
  const credentials = await emulator.register(publicKey)
  const utgl = createUtgl({ ...credentials, privateKey, clock: emulator.clock, fetch: emulator.fetch })
  const get = (path: string, query: Record<string, string | number> = {}) =>
    utgl.api.get(path, { searchParams: query, retry: 0 }).json<Page>()
  return { emulator, utgl, get, ids: ({ data }: Page) => data.map(({ id }) => id) }
}

const transactions = Array.from({ length: 120 }, (_, index) => `emulated-transaction-${index + 1}`)

describe('the lists of the emulator', () => {
  test.each([
    [{}, [20, 20, 20, 20, 20, 20]],
    [{ pageSize: 50 }, [50, 50, 20]],
    [{ pageSize: 40 }, [40, 40, 40]],
    [{ pageSize: 120 }, [120]],
    [{ pageSize: 1000 }, [120]],
  ])('`pages` with %j reads every item once, in pages of that size', async (searchParams, sizes) => {
    const { emulator, utgl, ids } = await open()
    const pages: string[][] = []
    for await (const page of utgl.pages<Page>('transactions?filter=123', { searchParams }))
      pages.push(ids(page))
    expect(pages.map(({ length }) => length)).toEqual(sizes)
    expect(pages.flat()).toEqual(transactions)
    expect(emulator.journal.map(({ status }) => status)).toEqual(sizes.map(() => 200))
  })

  test('each page names the one before it too', async () => {
    const { get } = await open()
    const at = (pageToken: string | null) => get('accounts', { pageSize: 1, pageToken: String(pageToken) })
    const first = await get('accounts', { pageSize: 1 })
    const second = await at(first.nextPageToken)
    const third = await at(second.nextPageToken)
    expect([first, second, third]).toMatchObject([
      { data: [{ id: 'emulated-account-1' }], prevPageToken: null },
      { data: [{ id: 'emulated-account-2' }] },
      { data: [{ id: 'emulated-account-3' }], nextPageToken: null },
    ])
    expect(await at(third.prevPageToken)).toEqual(second)
    expect(await at(second.prevPageToken)).toEqual(first)
  })

  test('the size of the pages can change on the way', async () => {
    const { get, ids } = await open()
    const { nextPageToken } = await get('transactions', { pageSize: 3 })
    const { data, prevPageToken } = await get('transactions', {
      pageSize: 5,
      pageToken: String(nextPageToken),
    })
    expect(data.map(({ id }) => id)).toEqual(transactions.slice(3, 8))
    expect(ids(await get('transactions', { pageSize: 5, pageToken: String(prevPageToken) }))).toEqual(
      transactions.slice(0, 5),
    )
  })

  test('a page token is valid for an hour, to the millisecond', async () => {
    const { emulator, get, ids } = await open()
    const pageToken = String((await get('transactions')).nextPageToken)
    emulator.clock.advance(3_599_999)
    expect(ids(await get('transactions', { pageToken }))).toEqual(transactions.slice(20, 40))
    emulator.clock.advance(1)
    await expect(get('transactions', { pageToken })).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      status: 400,
      providerCode: 'INVALID_REQUEST',
      message: expect.stringContaining('pageToken has expired: read the list again from its first page'),
    })
  })

  test('a page token is for the same list with the same filters, in any order', async () => {
    const { get, ids } = await open()
    const pageToken = String((await get('transactions?filter=1&sort=asc')).nextPageToken)
    expect(ids(await get('transactions?sort=asc&filter=1', { pageToken }))).toEqual(
      transactions.slice(20, 40),
    )
    for (const path of [
      'transactions?filter=2&sort=asc',
      'transactions?filter=1',
      'accounts?filter=1&sort=asc',
    ])
      await expect(get(path, { pageToken })).rejects.toMatchObject({
        status: 400,
        message: expect.stringMatching(/pageToken belongs to another list/),
      })
  })

  test('a page token that expires on the way ends `pages` with the refusal', async () => {
    const { emulator, utgl, ids } = await open()
    const seen: string[] = []
    const read = async () => {
      for await (const page of utgl.pages<Page>('transactions', { retry: 0 })) {
        seen.push(...ids(page))
        emulator.clock.advance(3_600_000)
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 400 })
    expect(seen).toEqual(transactions.slice(0, 20))
  })

  const asToken = (contents: unknown) => Buffer.from(JSON.stringify(contents)).toString('base64')
  const forever = 4_102_444_800_000

  test.each([
    ['pageToken=', 'pageToken is not one that a page of this list named'],
    ['pageToken=2', 'pageToken is not one that a page of this list named'],
    [`pageToken=${asToken({ start: 20 })}`, 'pageToken is not one that a page of this list named'],
    [`pageToken=${asToken(['/accounts?', -1, forever])}`, 'is not one that a page of this list named'],
    [`pageToken=${asToken(['/accounts?', 0.5, forever])}`, 'is not one that a page of this list named'],
    [`pageToken=${asToken(['/accounts?', 3, forever])}`, 'is not one that a page of this list named'],
    [`pageToken=${asToken(['/transactions?', 1, forever])}`, 'pageToken belongs to another list'],
    ['pageToken=a&pageToken=b', 'pageToken is in the query more than once'],
    ['pageSize=5&pageSize=6', 'pageSize is in the query more than once'],
    ['pageSize=0', 'pageSize must be a whole number of at least 1'],
    ['pageSize=', 'pageSize must be a whole number of at least 1'],
    ['pageSize=-1', 'pageSize must be a whole number of at least 1'],
    ['pageSize=1.5', 'pageSize must be a whole number of at least 1'],
    ['pageSize=ten', 'pageSize must be a whole number of at least 1'],
  ])('?%s is 400 with a reason', async (query, reason) => {
    const { utgl } = await open()
    const answer = await utgl.fetch(`https://access.utgl.io/v1/accounts?${query}`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ code: 'INVALID_REQUEST', message: expect.stringContaining(reason) })
  })

  test('a page needs proof like every request', async () => {
    const { emulator } = await open()
    const answer = await emulator.fetch('https://access.utgl.io/v1/transactions?pageSize=1')
    expect(answer.status).toBe(401)
  })
})
