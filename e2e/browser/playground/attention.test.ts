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

const focused = (page: Page) => page.evaluate(() => document.activeElement?.tagName)

describe('focus and announcements', () => {
  test('a result is announced once, and again when it is the same', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Array aud')
    await send()
    expect(await page.getByRole('alert').count()).toBe(0)
    const first = await page.getByRole('status').locator('span').elementHandle()
    await send()
    expect(await first?.evaluate((span) => span.isConnected)).toBe(false)
    await page.close()
  })

  test('an explanation is announced in one sentence', async () => {
    const { page } = await openPlayground(browser.context, url)
    const token = (await page.getByTestId('token').textContent()) ?? ''
    await page.getByRole('tab', { name: 'Explain' }).click()
    await page.getByRole('textbox', { name: 'A token, a header' }).fill(token)
    await page.getByTestId('guess').waitFor()
    const live = page.locator('.explain [aria-live]')
    expect(await live.allTextContents()).toEqual([
      expect.stringMatching(/^[^.]+ rules? (is|are) broken\.$|met\.$/),
    ])
    await page.close()
  })

  test('arrow keys, Home and End select tabs, of which one is a tab stop', async () => {
    const { page } = await openPlayground(browser.context, url)
    const tabs = page.getByRole('tablist', { name: 'Kind of snippet' })
    const chosen = async () => ({
      focused: await page.evaluate(() => document.activeElement?.textContent),
      selected: await tabs.getByRole('tab', { selected: true }).allTextContents(),
      stops: await tabs.locator('[tabindex="0"]').count(),
      panel: await page.getByRole('tabpanel', { name: /^(TypeScript|countersign|curl|HTTP file)$/ }).count(),
    })
    await tabs.getByRole('tab', { name: 'TypeScript' }).focus()
    for (const [key, title] of [
      ['ArrowRight', 'countersign'],
      ['End', 'HTTP file'],
      ['ArrowRight', 'TypeScript'],
      ['ArrowLeft', 'HTTP file'],
      ['Home', 'TypeScript'],
      ['x', 'TypeScript'],
    ] as const) {
      await page.keyboard.press(key)
      expect([key, await chosen()]).toEqual([key, { focused: title, selected: [title], stops: 1, panel: 1 }])
    }
    await page.close()
  })

  test('a countdown is not part of an accessible name', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.getByRole('button', { name: /^exp \d+ \S+ \S+ UTC$/ }).waitFor()
    await page.close()
  })

  test('focus stays in the form when the pressed button disappears', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.getByLabel('Client id').fill('another')
    await page.getByRole('button', { name: "Use the emulator's" }).click()
    expect(await focused(page)).toBe('INPUT')
    await page.getByRole('tab', { name: 'Explain' }).click()

    await page.getByRole('textbox', { name: 'A token, a header' }).fill('a'.repeat(100))
    await page.locator('.explain').getByRole('button', { name: 'Victor' }).click()
    await page.getByTestId('guess').waitFor()
    expect(await focused(page)).toBe('SELECT')
    await page.close()
  })

  test('focus stays on the copy button where the clipboard is not available', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('closed'))
    })
    await page.getByRole('button', { name: 'Copy the token' }).click()
    await page.getByRole('button', { name: 'Copied' }).first().waitFor()
    expect(await focused(page)).toBe('BUTTON')
    await page.close()
  })

  test('a pressed claim opens in place, and the page does not scroll', async () => {
    const { page } = await openPlayground(browser.context, url)
    const claim = page.getByRole('button', { name: /^iss/ })
    const top = await page.evaluate(() => scrollY)
    await claim.press('Enter')
    expect(await claim.getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toContain('4.1.1')
    expect(await page.evaluate(() => scrollY)).toBe(top)
    await page.close()
  })

  test('a claim lights the rules about it, and a rule lights its claims', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await toggle('Array aud')
    const rule = page.locator('[data-rule="speeda.aud"][data-state=broken]')
    await rule.waitFor()
    await page.getByRole('button', { name: /^aud/ }).focus()
    expect(await rule.getAttribute('data-lit')).toBe('true')
    await page.getByRole('button', { name: /^iss/ }).hover()
    expect(await rule.getAttribute('data-lit')).toBe('false')
    await rule.hover()
    const claim = page.locator('.claims > li', { hasText: /^aud/ })
    expect(await claim.getAttribute('data-lit')).toBe('true')
    await page.close()
  })

  test('a moved clock is mentioned for every provider', async () => {
    const { page, choose, send } = await openPlayground(browser.context, url)
    await send()
    await page.getByRole('button', { name: 'by 1 min' }).click()
    await choose('UTGL Issuing')
    await page.getByText('is 1 min ahead').waitFor()
    await page.getByRole('button', { name: 'Back to now' }).click()
    expect(await page.getByText('is 1 min ahead').count()).toBe(0)
    await page.close()
  })

  test('a token from a tampered exchange is not shown as cached', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Clock skew')
    expect(await send()).toMatchObject({ word: 'accepted' })
    expect(await page.getByTestId('token-state').count()).toBe(0)
    await page.close()
  })

  test('the button that generates a key says so and keeps the focus', async () => {
    const { page, openKey } = await openPlayground(browser.context, url)
    await openKey()
    await page.getByLabel('Size of the new key').selectOption('4096')
    await page.getByRole('button', { name: 'Generate a new key' }).press('Enter')
    await page.getByRole('button', { name: 'Generating a key…' }).waitFor()
    await page.getByText('RSA 4096 bits').waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Generate a new key')
    await page.close()
  })

  test('Ctrl+Enter in the moment when the form changes sends it as it is shown', async () => {
    const { page, openKey } = await openPlayground(browser.context, url)
    await openKey()
    await page.evaluate(() => {
      const facts = document.querySelector('[data-testid=key-facts]') as HTMLElement
      const press = () =>
        dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, cancelable: true }))
      new MutationObserver(press).observe(facts, { attributeFilter: ['data-thumbprint'] })
    })
    await page.getByRole('button', { name: 'Generate a new key' }).click()
    await page.getByText('Accepted with 200').or(page.getByTestId('outdated')).first().waitFor()
    expect(await page.getByTestId('outdated').count()).toBe(0)
    await page.close()
  })

  test('a long body does not push the form away, and every control is large enough to touch', async () => {
    const { page, openKey } = await openPlayground(browser.context, url)
    await page.getByLabel('Method').selectOption('POST')
    const body = page.getByLabel('Body, sent')
    await body.fill('z'.repeat(10_000))
    expect((await body.boundingBox())?.height).toBeLessThan(450)
    await openKey()
    const small = await page
      .locator('button, summary, select, textarea, label.file, input:not(.hidden, [type=file])')
      .evaluateAll((all) =>
        all
          .filter((one) => one.checkVisibility())
          .map((one) => one.getBoundingClientRect())
          .filter(({ width, height }) => width > 0 && Math.min(width, height) < 24),
      )
    expect(small).toEqual([])
    await page.close()
  })

  test('in forced colours what is chosen looks different', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await page.emulateMedia({ forcedColors: 'active' })
    await toggle('Clock skew')
    const looks = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor)
    expect(await looks(':checked + .provider-name')).not.toBe(await looks(':not(:checked) + .provider-name'))
    expect(await looks('.switch[aria-checked=true]')).not.toBe(await looks('.switch[aria-checked=false]'))
    expect(await looks('.modes [data-state=active]')).not.toBe(await looks('.modes [data-state=inactive]'))
    await page.close()
  })
})
