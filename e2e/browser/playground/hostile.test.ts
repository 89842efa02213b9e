import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageUrl } from './built-page.ts'
import { openPlayground } from './page-object.ts'

let browser: OpenBrowser
let url: string

beforeAll(async () => {
  url = pageUrl
  browser = await openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] })
}, 180_000)

afterAll(async () => browser?.close())

const edit = async (text: string) => {
  const playground = await openPlayground(browser.context, url)
  await playground.page.getByRole('button', { name: 'Edit by hand' }).click()
  await playground.page.getByRole('textbox', { name: 'Claims' }).fill(text)
  return playground
}

describe('hostile input', () => {
  test.each(['__proto__', 'constructor', 'toString', 'nowhere'])(
    'a link with the environment %s shows a form without it',
    async (environment) => {
      const { page, faults, send } = await openPlayground(
        browser.context,
        `${url}#p=victor&o.environment=${environment}`,
      )
      expect(await page.getByLabel('Environment').inputValue()).toBe('production')
      expect(await send()).toMatchObject({ word: 'accepted' })
      expect(faults).toEqual([])
      await page.close()
    },
  )

  test('a link with control characters brings them into no snippet', async () => {
    const paste = 'x\u001b[201~\rtouch pwned\r\n\u202e'
    const link = new URLSearchParams({ p: 'cdata', m: 'POST', u: paste, b: paste })
    for (const name of ['accountId', 'subAccountId', 'connectionIds']) link.set(`o.${name}`, paste)
    const { page, faults } = await openPlayground(browser.context, `${url}#${link}`)
    for (const name of ['TypeScript', 'countersign', 'curl', 'HTTP file']) {
      await page.getByRole('tab', { name, exact: true }).click()
      const snippet = (await page.getByTestId('snippet').textContent()) ?? ''
      expect(snippet).toContain('cdata')
      expect(snippet).not.toMatch(/pwned/)
      expect(snippet.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
    }
    expect(faults).toEqual([])
    await page.close()
  })

  test('a huge secret is refused at its field, a long one is sent', async () => {
    const { page, faults, choose, send } = await openPlayground(browser.context, url)
    await choose('Victor')
    await page.getByRole('radio', { name: 'Client id and Client secret' }).click()
    const secret = page.getByRole('textbox', { name: 'Client secret' })
    await page.evaluate(() => navigator.clipboard.writeText('s'.repeat(300_000)))
    await secret.focus()
    await page.keyboard.press('Control+A')
    await page.keyboard.press('Control+V')
    const said = await secret.evaluate((input: HTMLInputElement) => input.validationMessage)
    expect(said).toContain('20,000 characters')
    await secret.fill('s'.repeat(10_000))
    expect(await send()).toMatchObject({ word: 'refused' })
    expect(faults).toEqual([])
    await page.close()
  })

  test('claims that make the token too long are refused, and can be undone', async () => {
    const { page, faults } = await edit(JSON.stringify({ iss: 'i'.repeat(190_000) }))
    await page.locator('.editor').getByText('larger than 64 KiB').waitFor()
    await page.getByRole('button', { name: 'Undo the edits' }).click()
    await page.getByRole('button', { name: /^iss/ }).waitFor()
    expect(faults).toEqual([])
    await page.close()
  })

  test('claims named like inherited members are shown as they are', async () => {
    const { page, faults, send } = await edit('{"__proto__":{"a":1},"toString":1,"iss":"<b id=bold>x</b>"}')
    await page.getByText('The old signature no longer matches').waitFor()
    await send()
    expect(await page.locator('.claims .change').allTextContents()).toEqual(
      expect.arrayContaining(['{"a":1}', '1']),
    )
    expect(await page.locator('#bold').count()).toBe(0)
    expect(faults).toEqual([])
    await page.close()
  })

  test('bidi overrides in claims, bodies and responses are shown as escapes', async () => {
    const { page, choose, send } = await openPlayground(browser.context, url)
    await page.getByLabel('Client id').fill('a\u202eb')
    await page.getByRole('button', { name: 'iss "a\\u202eb"', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Edit by hand' }).click()
    expect(await page.getByRole('textbox', { name: 'Claims' }).inputValue()).toContain('a\\u202eb')
    await choose('UTGL Issuing')
    await page.getByLabel('Method').selectOption('POST')
    await page.getByLabel('Body, sent').fill('{"hello":"a\u202eb"}')
    await send()
    const shown = await page.locator('pre.wire:not([data-testid])').allTextContents()
    expect(shown.filter((text) => text.includes('a\\u202eb')).length).toBeGreaterThan(2)
    expect(shown.filter((text) => text.includes('\u202e'))).toEqual([])
    await page.close()
  })

  test.each(['A token, a header', 'Registered public key'])(
    'a paste of five megabytes is refused at "%s", and the page stays usable',
    async (label) => {
      const { page } = await openPlayground(browser.context, url)
      await page.evaluate(() => navigator.clipboard.writeText('x\n'.repeat(2_500_000)))
      await page.getByRole('tab', { name: 'Explain' }).click()
      await page.getByText('Verify the signature too').click()
      const field = page.getByLabel(label)
      await field.focus()
      await page.keyboard.press('Control+V')
      const said = await field.evaluate((area: HTMLTextAreaElement) => area.validationMessage)
      expect(said).toContain('200,000 characters')
      expect(await field.inputValue()).toBe('')
      await page.keyboard.type('ey')
      expect(await field.inputValue()).toBe('ey')
      expect(await field.evaluate((area: HTMLTextAreaElement) => area.validationMessage)).toBe('')
      await page.close()
    },
    30_000,
  )

  test.each([
    ['Build and send', ''],
    ['Explain', '{"error":"kept"}'],
  ])('a paste of five megabytes outside a field, under %s, is refused with the limit', async (tab, kept) => {
    const { page, faults } = await openPlayground(browser.context, url)
    const field = page.getByRole('textbox', { name: 'A token, a header' })
    await page.evaluate(() => navigator.clipboard.writeText('x'.repeat(5_000_000)))
    if (kept !== '') {
      await page.getByRole('tab', { name: 'Explain' }).click()
      await field.fill(kept)
      await page.locator('.explain .outcome').getByText('kept').waitFor()
    }
    await page.getByRole('tab', { name: tab }).focus()
    await page.keyboard.press('Control+V')
    const notice = page.locator('.explain').getByRole('alert')
    await notice
      .getByText('The pasted text has 5,000,000 characters; it must have at most 200,000.')
      .waitFor()
    expect(await notice.textContent()).toContain('TEXT_TOO_LONG')
    expect(await field.inputValue()).toBe(kept)
    expect(await field.getAttribute('aria-invalid')).toBe('false')
    // The next text is explained.
    await field.fill('{"error":"next"}')
    await page.locator('.explain .outcome').getByText('next').waitFor()
    expect(faults).toEqual([])
    await page.close()
  })

  test('a link that is followed in an open page fills in its form', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.goto(`${url}#p=utgl&u=v1%2Fping%3Fpage%3D2`)
    await page.getByRole('heading', { name: 'Rules of UTGL Issuing' }).waitFor()
    expect(await page.getByLabel('Path and query').inputValue()).toBe('v1/ping?page=2')
    await page.close()
  })

  test('a header without alg is refused, and can be undone', async () => {
    const { page } = await edit('{}')
    await page.getByRole('textbox', { name: 'Header' }).fill('{}')
    await page.getByText('The header has no alg').waitFor()
    await page.getByRole('button', { name: 'Undo the edits' }).click()
    await page.getByRole('button', { name: /^iss/ }).waitFor()
    await page.close()
  })

  test('a header with a different algorithm cannot be signed', async () => {
    const { page } = await edit('{}')
    await page.getByRole('textbox', { name: 'Header' }).fill('{"alg":"none"}')
    await page.getByText('The key signs with RS256 only').waitFor()
    await page.getByRole('button', { name: 'Sign these claims' }).click({ force: true })
    expect(await page.locator('.editor .row p').textContent()).toMatch(/^Changed/)
    await page.close()
  })
})
