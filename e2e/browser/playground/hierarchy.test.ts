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

const styleOf = (page: Page, selector: string, name: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name)

describe('what is shown first', () => {
  test('the page says what it is in one line, and has three ways in', async () => {
    const { page } = await openPlayground(browser.context, url)
    const intro = page.locator('.intro')
    expect(await intro.getByRole('heading').textContent()).toMatch(
      /^See what \w+ APIs want signed, and why they refuse\.$/,
    )
    await intro.getByText('Keys and providers here are simulated.').waitFor()
    const dock = page.locator('.dock')
    expect(
      await dock
        .locator('h3, .primary, .way')
        .evaluateAll((all) => all.map((one) => one.firstChild?.textContent)),
    ).toEqual(['Send a good request', 'Break it', 'Explain a token'])
    // Nothing else in the page sends.
    expect(await page.getByRole('button', { name: /send/i }).count()).toBe(1)
    await page.close()
  })

  test('text has three sizes', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Expired')
    await send()
    const sizes = await page.evaluate(() => {
      const all = [...document.querySelectorAll('body *')].filter(
        (one) =>
          one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE),
      )
      return [...new Set(all.map((one) => getComputedStyle(one).fontSize))].sort()
    })
    expect(sizes).toEqual(['13px', '15px', '20px'])
    await page.close()
  })

  test('broken rules come first, and those that are met are folded into their number', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await toggle('Expired')
    await toggle('Array aud')
    await page.locator('[data-rule="speeda.exp"][data-state=broken]').waitFor()
    await page.locator('[data-rule="speeda.aud"][data-state=broken]').waitFor()
    const visible = await page
      .locator('[data-rule]')
      .evaluateAll((all) =>
        all.filter((rule) => rule.checkVisibility()).map((rule) => (rule as HTMLElement).dataset['state']),
      )
    expect(visible).toEqual(['broken', 'broken'])
    const kept = page.getByText(/^\d+ met$/)
    const count = Number((await kept.textContent())?.split(' ')[0])
    expect(await page.locator('[data-rule][data-state=kept]').count()).toBe(count)
    await kept.click()
    expect(await page.locator('[data-rule][data-state=kept]').first().isVisible()).toBe(true)
    await page.close()
  })

  test('a rule says what was found before what is required, and shows its id to who points at it', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await toggle('Expired')
    const rule = page.locator('[data-rule="speeda.exp"][data-state=broken]')
    await rule.waitFor()
    expect(await rule.locator('.found').textContent()).toMatch(/^exp was \d+ min .* ago\.$/)
    expect(await rule.textContent()).toMatch(/ago\. exp must be in the future\./)
    const opacity = () => styleOf(page, '[data-rule="speeda.exp"] .rule-id', 'opacity')
    expect(await opacity()).toBe('0')
    await rule.hover()
    expect(await opacity()).toBe('1')
    await page.mouse.move(0, 0)
    await rule.getByRole('link').focus()
    expect(await opacity()).toBe('1')
    await page.close()
  })

  test('several faults add up, and the rule that will refuse is named before sending', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    for (const name of ['Expired', 'Array aud', 'Wrong key', 'Wrong scheme']) await toggle(name)
    for (const id of ['exp', 'aud', 'signature', 'scheme'])
      await page.locator(`[data-rule="speeda.${id}"][data-state=broken]`).waitFor()
    await page.getByText(/^Not sent yet\. 4 rules are broken: aud was/).waitFor()
    await page.close()
  })

  test('faults that do not fit are not offered, and the reason is one press away', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    expect(await page.getByRole('switch', { name: 'Dropped query' }).count()).toBe(0)
    await page.getByText('2 do not apply').click()
    await page.getByText('Dropped query. Speeda has no signature over the address.').waitFor()
    await choose('PaymentsGate')
    expect(await page.getByRole('switch').allTextContents()).toEqual([
      'Wrong key',
      'Wrong scheme',
      'Revoked token',
      'Server fault',
    ])
    await page.close()
  })

  test('on a phone, what is broken follows the verdict', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width: 375, height: 812 })
    await toggle('Expired')
    const rule = page.locator('[data-rule="speeda.exp"][data-state=broken]')
    await rule.waitFor()
    await page.evaluate(() => scrollTo(0, 0))
    expect((await rule.boundingBox())?.y).toBeLessThan(812)
    await page.close()
  })

  test('on a phone, times have a line of their own, so that nothing moves while they grow', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width: 375, height: 812 })
    const heights = await page.locator('.claim-time').evaluateAll((times) =>
      times.map((time) => {
        const relative = time.querySelector('b')
        return ['5 s ago', 'in 59 min 59 s'].map((text) => {
          if (relative !== null) relative.textContent = text
          return time.getBoundingClientRect().height
        })
      }),
    )
    expect(heights.length).toBeGreaterThan(0)
    for (const [short, long] of heights) expect(long).toBe(short)
    await page.close()
  })

  test('on a phone, the form stays folded while the credentials of a provider are issued', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width: 375, height: 812 })
    for (const title of ['PaymentsGate', 'Victor']) {
      await choose(title)
      expect([title, await page.locator('.setup details[open]:has(> summary .setup-line)').count()]).toEqual([
        title,
        0,
      ])
    }
    await page.close()
  })

  test('a shortcut is shown with the key of the keyboard', async () => {
    const page = await browser.context.newPage()
    await page.addInitScript(() => Object.defineProperty(navigator, 'platform', { value: 'MacIntel' }))
    await page.goto(url)
    const button = page.getByTestId('send')
    await button.waitFor()
    expect(await button.textContent()).toContain('⌘')
    expect(await button.getAttribute('aria-keyshortcuts')).toBe('Meta+Enter')
    await page.close()
  })

  test('the key is one line, and absent where nothing is signed and no key is sent', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    expect(await page.getByTestId('key-facts').textContent()).toBe(
      'RS256, RSA 2048 bits, generated in this page.',
    )
    expect(await page.getByText('Thumbprint').isVisible()).toBe(false)
    await choose('Victor')
    await page.getByRole('radio', { name: 'Client id and Client secret' }).click()
    await page.getByTestId('key-facts').waitFor({ state: 'detached' })
    await page.close()
  })

  test('rules that do not apply are counted as not judged, also after the provider accepted', async () => {
    const { page, choose, send } = await openPlayground(browser.context, url)
    await choose('Victor')
    await page.getByRole('radio', { name: 'Client id and Client secret' }).click()
    await page.getByRole('heading', { name: 'Token request' }).waitFor()
    expect(await send()).toMatchObject({ word: 'accepted' })
    // Nothing is signed: the rules about the JWT are neither kept nor broken.
    await page.locator('[data-rule="victor.signature"][data-state=open]').waitFor({ state: 'attached' })
    await page.close()
  })

  test('a wrong field is red, with the reason below it', async () => {
    const { page } = await openPlayground(browser.context, url)
    const before = await styleOf(page, 'input[aria-invalid=false]', 'border-top-color')
    await page.getByLabel('Client id').fill(' ')
    await page.locator('input[aria-invalid=true]').waitFor()
    expect(await styleOf(page, 'input[aria-invalid=true]', 'border-top-color')).not.toBe(before)
    await page.locator('.problem').waitFor()
    await page.close()
  })
})

describe('at every size', () => {
  test.each([1024, 768, 375])('the form is one line at %i, and what is sent comes first', async (width) => {
    const { page } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width, height: 812 })
    const summary = page.locator('.setup summary').first()
    await summary.waitFor()
    expect(await summary.textContent()).toBe('Your programGET private-company/v1/companies?country=KORChange')
    expect(await page.getByLabel('Client id').isVisible()).toBe(false)
    await summary.click()
    await page.getByLabel('Client id').fill(' ')
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Client id').fill('speeda-client-1')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    expect(await page.getByLabel('Client id').isVisible()).toBe(true)
    await page.close()
  })

  test('a link to a form that is wrong opens it where it is folded', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width: 768, height: 1024 })
    await page.locator('.setup summary').first().click()
    await page.getByLabel('Client id').fill(' ')
    await page.getByRole('alert').waitFor()
    // The width changes: the form moves to its own column and back, and stays open because it is wrong.
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.locator('.setup details:has(> summary .setup-line)').waitFor({ state: 'detached' })
    await page.setViewportSize({ width: 768, height: 1024 })
    await page.getByRole('alert').waitFor()
    await page.close()
  })

  test('the box to paste into keeps its size, empty or full', async () => {
    const { page } = await openPlayground(browser.context, url)
    for (const [width, least] of [
      [1440, 200],
      [375, 120],
    ] as const) {
      await page.setViewportSize({ width, height: 812 })
      await page.getByRole('tab', { name: 'Explain' }).click()
      const box = page.getByRole('textbox', { name: 'A token, a header' })
      for (const text of ['', 'x', 'x\n'.repeat(100)]) {
        await box.fill(text)
        const height = (await box.boundingBox())?.height ?? 0
        expect([width, text.length, height >= least && height <= 420]).toEqual([width, text.length, true])
      }
    }
    await page.close()
  })
})

describe('without colours of its own', () => {
  test('in forced colours, the parts of a token differ in form', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.emulateMedia({ forcedColors: 'active' })
    const forms = await Promise.all(
      ['header', 'claims', 'signature'].map((part) =>
        page
          .locator(`.token .${part}`)
          .first()
          .evaluate((element) => {
            const { fontWeight, fontStyle, textDecorationLine } = getComputedStyle(element)
            return [fontWeight, fontStyle, textDecorationLine].join()
          }),
      ),
    )
    expect(new Set(forms).size).toBe(3)
    await page.close()
  })

  test('on paper are the verdict, the claims, the rules and the exchange, and no controls', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Expired')
    await send()
    await page.emulateMedia({ media: 'print' })
    for (const part of ['.brand', '[data-testid=verdict]', '.sent .claims', '[data-rule]', '.exchange'])
      expect([part, await page.locator(part).first().isVisible()]).toEqual([part, true])
    for (const part of ['.modes', '.picker', '[data-testid=send]', '.switch', '.gallery', '.snippets'])
      expect([part, await page.locator(part).first().isVisible()]).toEqual([part, false])
    const buttons = await page
      .locator('button:not(.claim)')
      .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.textContent))
    expect(buttons).toEqual([])
    // Nothing is fixed over the text, and the page is not wider than the paper.
    expect(await styleOf(page, '.dock', 'position')).toBe('static')
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
    await page.close()
  })
})

describe('the keyboard', () => {
  test('has a visible focus at every stop, and shows its shortcut', async () => {
    const { page, send } = await openPlayground(browser.context, url)
    await send()
    const stops: string[] = []
    const invisible: string[] = []
    for (;;) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(() => {
        const element = document.activeElement
        if (element === null || element === document.body) return undefined
        // What is hidden from the eye shows its focus on its neighbour or its label.
        const shown = [element, element.nextElementSibling, element.parentElement]
        const isVisible = shown.some((one) => {
          if (one === null) return false
          const { outlineStyle, outlineWidth } = getComputedStyle(one)
          return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
        })
        return { name: `${element.tagName} ${element.textContent?.slice(0, 30)}`, isVisible }
      })
      if (at === undefined) break
      stops.push(at.name)
      if (!at.isVisible) invisible.push(at.name)
    }
    expect(stops.length).toBeGreaterThan(15)
    expect(invisible).toEqual([])
    const sendButton = page.getByTestId('send')
    expect(await sendButton.textContent()).toContain('Ctrl')
    expect(await sendButton.getAttribute('aria-keyshortcuts')).toBe('Control+Enter')
    await page.close()
  })
})
