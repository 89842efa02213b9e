import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageUrl } from './built-page.ts'
import { openPlayground } from './page-object.ts'

let browser: OpenBrowser
let url: string

beforeAll(async () => {
  url = pageUrl
  browser = await openBrowser()
}, 180_000)

afterAll(async () => browser?.close())

const lanes = (page: Page) => page.locator('.sequence .lane').allTextContents()
const arrows = (page: Page) =>
  page
    .locator('.exchange .arrow')
    .evaluateAll((all) =>
      all.map((arrow) => [
        (arrow as HTMLElement).dataset['to'] ?? `from ${(arrow as HTMLElement).dataset['from']}`,
        arrow.querySelector('span')?.textContent,
      ]),
    )

describe('the exchange, before anything is sent', () => {
  test('has three lanes and two planned messages where credentials are exchanged', async () => {
    const { page } = await openPlayground(browser.context, url)
    expect(await lanes(page)).toEqual(['Your program', 'Token endpoint', 'API'])
    expect(await arrows(page)).toEqual([
      ['1', 'POST /token'],
      ['2', 'GET /private-company/v1/companies?country=KOR, with the token'],
    ])
    await page.getByText('not sent yet', { exact: true }).waitFor()
    await page.close()
  })

  test('has two lanes and one planned message where each request is signed', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    await choose('UTGL Issuing')
    expect(await lanes(page)).toEqual(['Your program', 'API'])
    expect(await arrows(page)).toEqual([['1', 'GET /v1/ping']])
    await page.close()
  })

  test('has three lanes and the token request where nothing is signed', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    await choose('Victor')
    await page.getByRole('radio', { name: 'Client id and Client secret' }).click()
    await page.getByRole('heading', { name: 'Token request' }).waitFor()
    expect(await lanes(page)).toEqual(['Your program', 'Token endpoint', 'API'])
    expect((await arrows(page)).map(([to]) => to)).toEqual(['1', '2'])
    expect(await page.locator('.sent .wire').first().textContent()).toContain('{"client_id":')
    await page.close()
  })

  test('is beside a line of the life that the token will have', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    await page.getByText('The access token will live 5 min.').waitFor()
    expect(await page.locator('.life[data-state=planned]').count()).toBe(1)
    await page.getByText(/^The JWT expires in 4 min/).waitFor()
    await choose('UTGL Issuing')
    expect(await page.locator('.life[data-state=planned]').count()).toBe(0)
    await page.getByText(/^The JWT expires in \d+ s, of \d+ s\./).waitFor()
    await page.close()
  })
})

describe('the exchange, after it was sent', () => {
  test('has each message with its bytes, between the lanes of its ends', async () => {
    const { page, send } = await openPlayground(browser.context, url)
    await send()
    expect(await arrows(page)).toEqual([
      ['1', 'POST /token'],
      ['from 1', '200'],
      ['2', 'GET /private-company/v1/companies?country=KOR'],
      ['from 2', '200'],
    ])
    await page.locator('.exchange summary', { hasText: 'POST /token' }).click()
    const bytes = page.locator('.exchange details[open] > pre.wire')
    expect(await bytes.textContent()).toMatch(/^POST \/token HTTP\/1\.1\nhost: [\s\S]*client_assertion=eyJ/)
    await page.close()
  })

  test('tints what was changed on its way, and nothing else', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Wrong scheme')
    await send()
    const marks = await page.locator('.exchange mark').allTextContents()
    expect(marks.length).toBeGreaterThan(0)
    expect(marks.filter((mark) => !/^authorization: Token /.test(mark))).toEqual([])
    await page.close()
  })

  test('does not show a response that cannot be read as a good one', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Server fault')
    for (const kind of ['Truncated response', 'Response that is not JSON']) {
      await page.getByRole('combobox', { name: 'Kind of fault' }).selectOption(kind)
      expect(await send()).toMatchObject({ word: 'failed' })
      expect([kind, await page.locator('.arrow[data-good=true]').count()]).toEqual([kind, 0])
    }
    await page.close()
  })
})
