import { startRecordingServer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createAuth } from '../src/index.ts'
import { createPageReader, createPages } from '../src/provider/index.ts'

interface Page {
  data: readonly number[]
  nextPageToken?: unknown
}

/** A list of pages behind a recording server; `next` is what each of them names. */
async function startList(next: readonly unknown[]) {
  const server = await startRecordingServer((_request, count) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: [count], nextPageToken: next[count - 1] }),
  }))
  const auth = createAuth('example', async () => ({ 'x-api-key': 'a' }), { baseUrl: `${server.url}/v1` })
  const pages = createPages(auth, { provider: 'example', parameter: 'pageToken', next: 'nextPageToken' })
  return {
    pages,
    url: server.url,
    targets: () => server.requests.map(({ target }) => target),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** What a class of another realm has of URLSearchParams. */
const foreignParameters = {
  *[Symbol.iterator]() {
    yield ['pageSize', '2']
  },
}

async function readAll(pages: AsyncIterable<Page>): Promise<number[]> {
  const all: number[] = []
  for await (const { data } of pages) all.push(...data)
  return all
}

describe('pages', () => {
  test.each([
    ['is missing', undefined],
    ['is null', null],
    ['is empty', ''],
  ])('the list ends where the name of the next page %s', async (_words, last) => {
    await using list = await startList(['b c', '+', last])
    expect(await readAll(list.pages<Page>('orders'))).toEqual([1, 2, 3])
    expect(list.targets()).toEqual(['/v1/orders', '/v1/orders?pageToken=b+c', '/v1/orders?pageToken=%2B'])
  })

  test.each([
    ['an object', { pageSize: 2, status: undefined }],
    ['pairs', [['pageSize', 2]]],
    ['text', 'pageSize=2'],
    ['URLSearchParams', new URLSearchParams({ pageSize: '2' })],
    ['URLSearchParams of another realm', foreignParameters as unknown as URLSearchParams],
  ])('the query is kept for every page, given as %s', async (_words, searchParams) => {
    await using list = await startList([7, null])
    await readAll(list.pages<Page>('orders?sort=asc', { searchParams }))
    expect(list.targets()).toEqual([
      '/v1/orders?sort=asc&pageSize=2',
      '/v1/orders?sort=asc&pageSize=2&pageToken=7',
    ])
  })

  test('a list can begin at a page, or be given by its address', async () => {
    await using list = await startList([null, null])
    await readAll(list.pages<Page>('orders?pageToken=third'))
    await readAll(list.pages<Page>(new URL(`${list.url}/v1/orders?pageToken=third#top`)))
    expect(list.targets()).toEqual(Array(2).fill('/v1/orders?pageToken=third'))
  })

  test('a page is asked for when it is needed, and no sooner', async () => {
    await using list = await startList(['b', 'c', null])
    for await (const page of list.pages<Page>('orders')) {
      expect(page.data).toEqual([1])
      break
    }
    expect(list.targets()).toEqual(['/v1/orders'])
  })

  test.each([
    ['names itself', ['b', 'b'], 'already read'],
    ['names an earlier one', ['b', 'c', 'b'], 'already read'],
    ['names the next one by an object', [{}], 'not a string'],
    ['names the next one by a list', [['b']], 'not a string'],
  ])('a page that %s ends the list with RESPONSE_INVALID', async (_words, next, problem) => {
    await using list = await startList(next)
    await expect(readAll(list.pages<Page>('orders'))).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      provider: 'example',
      problem: expect.stringContaining(problem),
    })
    expect(list.targets()).toHaveLength(next.length)
  })

  test('an abort ends the list with its reason', async () => {
    await using list = await startList(['b', 'c'])
    const abort = new AbortController()
    const read = async () => {
      for await (const _page of list.pages('orders', { signal: abort.signal }))
        abort.abort(new Error('enough'))
    }
    await expect(read()).rejects.toThrow('enough')
    expect(list.targets()).toHaveLength(1)
  })

  test.each([
    ['a list', [[1]]],
    ['null', [null]],
    ['nothing', [undefined]],
  ])('%s as a page that was named ends the list with RESPONSE_INVALID', async (_words, [page]) => {
    const nextPage = createPageReader({ parameter: 'pageToken', next: 'nextPageToken' }, 'example')
    expect(nextPage({ nextPageToken: 'b' })).toBe('b')
    expect(() => nextPage(page)).toThrow('A page of the list is not a JSON object.')
  })
})
