import { fixedKeys } from '@countersign/fixtures'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { buildPage } from './built-page.ts'
import { openPlayground } from './page-object.ts'
import { createSamples, type Sample } from './samples.ts'

let browser: OpenBrowser
let url: string
let samples: readonly Sample[]

beforeAll(async () => {
  url = buildPage()
  samples = await createSamples()
  const madeAt = Date.now()
  browser = await openBrowser()
  // Some of the tokens live 25 s: the pages' clock does not move while they are judged.
  await browser.context.clock.setFixedTime(madeAt)
}, 180_000)

afterAll(async () => browser?.close())

async function paste(page: Page, text: string): Promise<void> {
  await page.getByRole('tab', { name: 'Explain' }).click()
  await page.getByRole('textbox', { name: 'A token, a header' }).fill(text)
}

const broken = (page: Page) =>
  page
    .locator('.explain [data-rule][data-state=broken]')
    .evaluateAll((rules) => rules.map((rule) => (rule as HTMLElement).dataset['rule'] ?? ''))

describe('explain', () => {
  test('twenty pasted samples: the provider is guessed, the rules are listed, the mistake is named', async () => {
    expect(samples).toHaveLength(20)
    const { page, faults, requests } = await openPlayground(browser.context, url)
    for (const { what, text, provider, named } of samples) {
      await paste(page, '')
      await paste(page, text)
      await page.getByTestId('guess').waitFor()
      expect([what, await page.getByTestId('guess').textContent()]).toEqual([
        what,
        expect.stringContaining(`${provider} guessed`),
      ])
      const names = await broken(page)
      expect([what, names]).toEqual([what, named === undefined ? [] : expect.arrayContaining([named])])
      expect(await page.locator('.explain [data-rule][data-state=kept]').count()).toBeGreaterThan(0)
    }
    expect({ faults, requests }).toEqual({ faults: [], requests: [] })
    await page.close()
  })

  test('a mistake comes with its fix', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, samples.find(({ named }) => named === 'utgl.body')?.text ?? '')
    const mistake = page.locator('[data-mistake]').first()
    expect(await mistake.textContent()).toMatch(/body/)
    expect(await mistake.locator('b').textContent()).not.toBe('')
    await page.close()
  })

  test('the registered key verifies the signature', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, samples[1]?.text ?? '')
    await page
      .locator('.explain [data-rule="cdata.signature"][data-state=open]')
      .waitFor({ state: 'attached' })
    await page.getByText('Verify the signature too').click()
    const key = page.getByRole('textbox', { name: 'Registered public key' })
    await key.fill(fixedKeys.rsa2048.publicKey)
    await page
      .locator('.explain [data-rule="cdata.signature"][data-state=kept]')
      .waitFor({ state: 'attached' })
    await key.fill(fixedKeys.otherRsa2048.publicKey)
    await page.locator('.explain [data-rule="cdata.signature"][data-state=broken]').waitFor()
    await key.fill('no key')
    await page.getByRole('alert').getByText('KEY_MALFORMED').waitFor()
    await page.close()
  })

  test('unreadable input is refused with a code, and the chosen provider overrides the guess', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, 'this is not a token')
    await page.getByRole('alert').getByText('TOKEN_MALFORMED').waitFor()
    await paste(page, samples[1]?.text ?? '')
    await page.getByRole('combobox', { name: 'Provider' }).selectOption('Speeda')
    await page.locator('.explain [data-rule="speeda.aud"][data-state=broken]').waitFor()
    await page.close()
  })
})
