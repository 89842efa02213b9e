import { createPrivateKey } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
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

const { rsa2048 } = fixedKeys

describe('the live token', () => {
  test('follows the form', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.getByLabel('Client id').fill('some-other-client')
    await page.getByRole('button', { name: 'iss "some-other-client"' }).waitFor()
    await page.getByText('The emulator issued other values').waitFor()
    await page.getByRole('button', { name: "Use the emulator's" }).click()
    await page.getByRole('button', { name: 'iss "speeda-client-1"' }).waitFor()
    await page.close()
  })

  test('has an explanation with its source for each claim', async () => {
    const { page } = await openPlayground(browser.context, url)
    const help = page.locator('.claim-help')
    await page.getByRole('button', { name: /^aud / }).click()
    expect(await help.textContent()).toContain('Audience')
    await page.getByRole('button', { name: /^jti / }).press('Enter')
    expect(await help.textContent()).toContain('different in every assertion')
    const sources = await help
      .locator('a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    expect(sources).toContain('https://www.rfc-editor.org/rfc/rfc7519#section-4.1.7')
    expect(sources.length).toBeGreaterThan(1)
    await page.close()
  })

  test('counts down', async () => {
    const { page } = await openPlayground(browser.context, url)
    const left = () => page.getByRole('button', { name: /^exp / }).locator('b').textContent()
    const before = await left()
    expect(before).toMatch(/^in 4 min \d+ s$/)
    await page.waitForFunction(
      (old) =>
        [...document.querySelectorAll('.claim-time b')].every(({ textContent }) => textContent !== old),
      before,
    )
    await page.close()
  })

  test('an edited claim breaks the signature and its rule, and the provider agrees', async () => {
    const { page, send } = await openPlayground(browser.context, url)
    await page.getByRole('button', { name: 'Edit by hand' }).click()
    const claims = page.getByRole('textbox', { name: 'Claims' })
    const changed = { ...JSON.parse(await claims.inputValue()), sub: 'someone-else' }
    await claims.fill(JSON.stringify(changed, null, 2))
    await page.locator('[data-rule="speeda.signature"][data-state=broken]').waitFor()
    await page.locator('[data-rule="speeda.sub"][data-state=broken]').waitFor()
    await page.getByRole('button', { name: 'Sign these claims' }).click()
    await page.locator('[data-rule="speeda.signature"][data-state=kept]').waitFor({ state: 'attached' })
    const verdict = await send()
    expect(verdict).toMatchObject({ word: 'refused', text: expect.stringContaining('speeda.sub') })
    await claims.fill('{"sub": ')
    await page.getByText('This is not valid JSON').waitFor()
    await page.getByRole('button', { name: 'Undo the edits' }).click()
    expect(await send()).toMatchObject({ word: 'accepted' })
    await page.close()
  })

  test('the button says that edits are sent, and what is good without them', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.getByRole('button', { name: 'Edit by hand' }).click()
    const claims = page.getByRole('textbox', { name: 'Claims' })
    await claims.fill(JSON.stringify({ ...JSON.parse(await claims.inputValue()), sub: 'someone-else' }))
    await page.locator('[data-rule="speeda.sub"][data-state=broken]').waitFor()
    await page.getByRole('button', { name: 'Send with your edits' }).waitFor()
    await page.getByRole('button', { name: 'Undo the edits' }).click()
    await page.getByRole('button', { name: 'Send a good request' }).click()
    await page.getByTestId('verdict').getByText('Accepted with 200').waitFor()
    await page.close()
  })

  test('a cached token is used while fresh, renewed while stale, and replaced once expired', async () => {
    const { page, send } = await openPlayground(browser.context, url)
    const state = page.getByTestId('token-state')
    expect((await send()).statuses).toHaveLength(2)
    expect(await state.textContent()).toBe('fresh')
    expect((await send()).statuses).toHaveLength(1)
    await page.getByRole('button', { name: 'until it is stale' }).click()
    await page.waitForFunction(
      () => document.querySelector('[data-testid=token-state]')?.textContent === 'stale',
    )
    await page.getByRole('button', { name: 'until it expires' }).click()
    await page.waitForFunction(
      () => document.querySelector('[data-testid=token-state]')?.textContent === 'expired',
    )
    const renewed = await send()
    expect(renewed).toMatchObject({ word: 'accepted', statuses: ['200', '200'] })
    expect(renewed.events.join()).toContain('renewed the token')
    expect(await state.textContent()).toBe('fresh')
    await page.close()
  })
})

describe('an imported key', () => {
  test.each([
    ['PEM', rsa2048.privateKey],
    ['Base64 of PEM', Buffer.from(rsa2048.privateKey).toString('base64')],
  ])('%s is accepted, and signs what the emulator accepts', async (_form, text) => {
    const { page, send, openKey } = await openPlayground(browser.context, url)
    await openKey()
    await page.getByLabel('Private key: PEM').fill(text)
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByText('imported by you').waitFor()
    expect(await page.getByLabel('Private key: PEM').inputValue()).toBe('')
    expect(await send()).toMatchObject({ word: 'accepted' })
    await page.close()
  })

  const der = createPrivateKey(rsa2048.privateKey).export({ type: 'pkcs8', format: 'der' })

  test.each([
    ['PEM', Buffer.from(rsa2048.privateKey)],
    ['DER', der],
  ])('a file in %s is accepted', async (_form, buffer) => {
    const { page, send, openKey } = await openPlayground(browser.context, url)
    await openKey()
    await page.getByLabel('Private key file').setInputFiles({ name: 'key', mimeType: '', buffer })
    await page.getByText('imported by you').waitFor()
    expect(await send()).toMatchObject({ word: 'accepted' })
    await page.close()
  })

  test('a dropped file is accepted', async () => {
    const { page, openKey } = await openPlayground(browser.context, url)
    await openKey()
    const dataTransfer = await page.evaluateHandle(
      (bytes) => {
        const transfer = new DataTransfer()
        transfer.items.add(new File([Uint8Array.from(bytes)], 'key.der'))
        return transfer
      },
      [...der],
    )
    await page.getByLabel('Private key: PEM').dispatchEvent('drop', { dataTransfer })
    await page.getByText('imported by you').waitFor()
    await page.close()
  })

  test.each([
    ['a public key', rsa2048.publicKey, 'KEY_NOT_PRIVATE'],
    ['half of a key', rsa2048.privateKey.slice(0, 400), 'KEY_TRUNCATED'],
    ['something else', 'not a key', 'KEY_MALFORMED'],
  ])('%s is refused with its own code, and the old key stays', async (_what, text, code) => {
    const { page, send, openKey } = await openPlayground(browser.context, url)
    await openKey()
    await page.getByLabel('Private key: PEM').fill(text)
    await page.getByRole('button', { name: 'Use this key' }).click()
    expect(await page.getByRole('alert').textContent()).toContain(code)
    expect(await send()).toMatchObject({ word: 'accepted' })
    await page.close()
  })
})
