import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageUrl } from './built-page.ts'
import { sizes } from './page-object.ts'

let browser: OpenBrowser
let withoutScript: OpenBrowser
let url: string

beforeAll(async () => {
  url = pageUrl
  browser = await openBrowser()
  withoutScript = await openBrowser({ javaScriptEnabled: false })
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await withoutScript?.close()
})

describe('the first paint', () => {
  test('is the header, what the page is, and where its parts will be, before any script', async () => {
    const page = await withoutScript.context.newPage()
    await page.goto(url)
    await page.getByRole('heading', { name: 'Countersign playground' }).waitFor()
    await page
      .getByRole('heading', { name: /^See what \w+ APIs want signed, and why they refuse\.$/ })
      .waitFor()
    await page.getByText('Keys and providers here are simulated.').waitFor()
    await page.getByText('Nothing leaves this page').waitFor()
    for (const part of ['.dock', '.columns']) {
      const box = await page.locator(part).boundingBox()
      expect([part, (box?.height ?? 0) > 80]).toEqual([part, true])
    }
    await page.close()
  })

  test('has the words that the script shows', async () => {
    const texts = async ({ context }: OpenBrowser, shown: string) => {
      const page = await context.newPage()
      await page.goto(url)
      await page.locator(shown).waitFor({ state: 'attached' })
      const parts = ['.brand', '.modes', '.promise', '.theme', '.intro h2', '.intro p']
      const found = await Promise.all(parts.map((part) => page.locator(part).first().textContent()))
      await page.close()
      return found.map((text) => text?.trim())
    }
    expect(await texts(withoutScript, '.skeleton')).toEqual(await texts(browser, '[data-testid=send]'))
  })

  test.each(sizes.flatMap((size) => ['', '#p=utgl', '#explain'].map((hash) => [...size, hash] as const)))(
    'nothing moves after it at %i by %i, at "%s"',
    async (width, height, hash) => {
      const page = await browser.context.newPage()
      await page.setViewportSize({ width, height })
      await page.addInitScript(() => {
        Object.assign(globalThis, { shifts: [] })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            (globalThis as unknown as { shifts: unknown[] }).shifts.push(
              (entry as unknown as { value: number }).value,
            )
        }).observe({ type: 'layout-shift', buffered: true })
      })
      await page.goto(url + hash)
      await page.locator('[data-testid=send][aria-disabled=false]').waitFor({ state: 'attached' })
      await page.locator('[data-rule]').first().waitFor({ state: 'attached' })
      await page.evaluate('document.fonts.ready.then(() => undefined)')
      const shifts = (await page.evaluate('shifts')) as number[]
      expect(shifts.reduce((sum, each) => sum + each, 0)).toBeLessThan(0.02)
      await page.close()
    },
  )
})
