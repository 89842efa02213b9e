import { loadProviders } from '@countersign/providers'
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

const titles = (await loadProviders()).map(({ provider }) => provider.title)

/** Tampering that leaves the request as it is. */
const unchanged = new Set(['Clock skew', 'Revoked token', 'Replayed jti'])

describe('the playground', () => {
  test.each(titles)('%s: from a new key to an accepted request', async (title) => {
    const { page, choose, openKey, send, faults, requests } = await openPlayground(browser.context, url)
    await choose(title)
    const facts = page.getByTestId('key-facts')
    const before = await facts.getAttribute('data-thumbprint')
    await openKey()
    await page.getByRole('button', { name: 'Generate a new key' }).click()
    await page.waitForFunction(
      (old) =>
        document.querySelector('[data-testid=key-facts]')?.getAttribute('data-thumbprint') !== old &&
        document.querySelector('[data-testid=send]')?.getAttribute('aria-disabled') === 'false',
      before,
    )
    const verdict = await send()
    expect(verdict).toMatchObject({ word: 'accepted', text: expect.stringContaining('200'), broken: [] })
    expect(await page.locator('[data-rule][data-state=kept]').count()).toBeGreaterThan(2)
    expect({ faults, requests }).toEqual({ faults: [], requests: [] })
    await page.close()
  })

  test.each(titles)('%s: accepted on a phone, in the dark', async (title) => {
    const { page, choose, send, faults } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width: 375, height: 812 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await choose(title)
    expect(await send()).toMatchObject({ word: 'accepted', broken: [] })
    const shown = await page.evaluate(() => ({
      dark: getComputedStyle(document.body).backgroundColor,
      columns: getComputedStyle(document.querySelector('.columns') as Element).gridTemplateColumns.split(' '),
      width: document.documentElement.scrollWidth,
    }))
    expect(shown).toEqual({ dark: 'rgb(18, 19, 22)', columns: [expect.any(String)], width: 375 })
    expect(faults).toEqual([])
    await page.close()
  })

  test.each<[string, string, Partial<Record<'word' | 'rule' | 'event', string>>]>([
    ['Speeda', 'Clock skew', { word: 'accepted', rule: 'speeda.exp', event: '10 min' }],
    ['Speeda', 'Wrong key', { word: 'refused', rule: 'speeda.signature' }],
    ['Speeda', 'Expired', { word: 'refused', rule: 'speeda.exp' }],
    ['Speeda', 'Revoked token', { word: 'accepted', rule: 'speeda.access-token', event: 'new token' }],
    ['Speeda', 'Array aud', { word: 'refused', rule: 'speeda.aud' }],
    ['Speeda', 'Wrong scheme', { word: 'refused', rule: 'speeda.scheme' }],
    ['Speeda', 'Replayed jti', { word: 'refused', rule: 'speeda.replay' }],
    ['CData Connect AI Embed', 'Clock skew', { word: 'accepted', rule: 'cdata.exp', event: '10 min' }],
    ['CData Connect AI Embed', 'Wrong key', { word: 'refused', rule: 'cdata.signature' }],
    ['CData Connect AI Embed', 'Expired', { word: 'refused', rule: 'cdata.exp' }],
    ['CData Connect AI Embed', 'Wrong scheme', { word: 'refused', rule: 'cdata.scheme' }],
    ['UTGL Issuing', 'Clock skew', { word: 'accepted', rule: 'utgl.exp', event: '10 min' }],
    ['UTGL Issuing', 'Wrong key', { word: 'refused', rule: 'utgl.signature' }],
    ['UTGL Issuing', 'Expired', { word: 'refused', rule: 'utgl.exp' }],
    ['UTGL Issuing', 'Wrong scheme', { word: 'refused', rule: 'utgl.scheme' }],
    ['UTGL Issuing', 'Altered body', { word: 'refused', rule: 'utgl.body' }],
    ['UTGL Issuing', 'Dropped query', { word: 'refused', rule: 'utgl.uri' }],
    ['Victor', 'Clock skew', { word: 'accepted', rule: 'victor.exp', event: '10 min' }],
    ['Victor', 'Wrong key', { word: 'refused', rule: 'victor.signature' }],
    ['Victor', 'Expired', { word: 'refused', rule: 'victor.exp' }],
    ['Victor', 'Array aud', { word: 'refused', rule: 'victor.claims' }],
    ['Victor', 'Wrong scheme', { word: 'refused', rule: 'victor.scheme' }],
    ['PaymentsGate', 'Wrong key', { word: 'refused', rule: 'paymentsgate.registered' }],
    ['PaymentsGate', 'Wrong scheme', { word: 'refused', rule: 'paymentsgate.scheme' }],
    [
      'PaymentsGate',
      'Revoked token',
      { word: 'accepted', rule: 'paymentsgate.access-token', event: 'new token' },
    ],
  ])('%s, %s', async (title, name, { word, rule, event = '' }) => {
    const { page, choose, toggle, send, faults } = await openPlayground(browser.context, url)
    await choose(title)
    await toggle(name)
    // Its rule is red before anything is sent.
    await page.locator(`[data-rule="${rule}"][data-state=broken]`).waitFor()
    expect(await page.getByTestId('verdict').count()).toBe(0)
    const verdict = await send()
    expect(verdict).toMatchObject({ word, broken: expect.arrayContaining([rule]) })
    expect(verdict.text).toContain(rule)
    expect(verdict.events.join('\n')).toContain(event)
    // The change is tinted in the bytes that were sent.
    if (!unchanged.has(name)) expect(await page.locator('.exchange mark').count()).toBeGreaterThan(0)
    // Without tampering the verdict is outdated, and the request is accepted again.
    await toggle(name)
    await page.getByTestId('outdated').waitFor()
    expect(await send()).toMatchObject({ word: 'accepted', broken: [] })
    expect(faults).toEqual([])
    await page.close()
  })

  test.each([
    ['503, once', 'accepted', 'The provider failed at first, with 503.', ['503', '200', '200']],
    [
      'Connection reset',
      'accepted',
      'The connection broke at first.',
      ['No response: the connection broke (reset).', '200', '200'],
    ],
    ['Truncated response', 'failed', 'cut off', ['200']],
    ['Response that is not JSON', 'failed', 'not JSON', ['200']],
    ['Redirect to another host', 'failed', 'redirect', ['307']],
  ])('Speeda, server fault: %s', async (kind, word, why, statuses) => {
    const { page, toggle, send, faults } = await openPlayground(browser.context, url)
    await toggle('Server fault')
    await page.getByRole('combobox', { name: 'Kind of fault' }).selectOption(kind)
    const verdict = await send()
    expect(verdict).toMatchObject({ word, statuses, text: expect.stringContaining(why) })
    expect(faults).toEqual([])
    await page.close()
  })
})
