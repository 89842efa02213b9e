import type { Page, Route } from 'playwright-core'
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

/** A page that notes how far its parts move. */
async function openWatched(width: number, height: number): Promise<{ page: Page; shift(): Promise<number> }> {
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
  return {
    page,
    async shift() {
      await page.locator('[data-testid=send][aria-disabled=false]').waitFor({ state: 'attached' })
      await page.locator('[data-rule]').first().waitFor({ state: 'attached' })
      await page.evaluate('document.fonts.ready.then(() => undefined)')
      const shifts = (await page.evaluate('shifts')) as number[]
      return shifts.reduce((sum, each) => sum + each, 0)
    },
  }
}

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
      const { page, shift } = await openWatched(width, height)
      await page.goto(url + hash)
      expect(await shift()).toBeLessThan(0.02)
      await page.close()
    },
  )

  test('nothing moves when the fonts come late', async () => {
    const { page, shift } = await openWatched(768, 1024)
    // The page's own time stands still, so that it does not give up waiting for the fonts.
    const now = Date.now()
    await page.clock.install({ time: now })
    await page.clock.pauseAt(now + 1_000)
    const held: Route[] = []
    let released = false
    await page.route(/\.woff2$/, async (route) => {
      if (released) await route.continue()
      else held.push(route)
    })
    await page.goto(url, { waitUntil: 'commit' })
    await page.waitForFunction('document.readyState !== "loading"', undefined, { polling: 20 })
    // A frame with all that is there without the fonts. A screenshot of Playwright's own would wait for them.
    const session = await page.context().newCDPSession(page)
    await session.send('Page.captureScreenshot')
    expect(held).not.toEqual([])
    released = true
    await Promise.all(held.map((route) => route.continue()))
    await page.clock.resume()
    expect(await shift()).toBeLessThan(0.02)
    await page.close()
  })

  test('fonts that do not come are waited for one second', async () => {
    const page = await browser.context.newPage()
    const now = Date.now()
    await page.clock.install({ time: now })
    await page.clock.pauseAt(now + 1_000)
    await page.route(/\.woff2$/, () => undefined)
    // After the scripts.
    await page.goto(url, { waitUntil: 'domcontentloaded' })
    await page.clock.runFor(999)
    expect(await page.locator('.skeleton').count()).toBe(1)
    await page.clock.runFor(1)
    await page.getByTestId('send').waitFor({ state: 'attached' })
    await page.close()
  })
})
