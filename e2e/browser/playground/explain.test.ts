import { fixedKeys } from '@countersign/fixtures'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageUrl } from './built-page.ts'
import { openPlayground } from './page-object.ts'
import { createSamples, type Sample } from './samples.ts'

let browser: OpenBrowser
let url: string
let samples: readonly Sample[]
let madeAt: number

beforeAll(async () => {
  url = pageUrl
  samples = await createSamples()
  madeAt = Date.now()
  browser = await openBrowser()
}, 180_000)

// Some of the tokens live 25 s: the pages' clock does not move while they are judged.
beforeEach(() => browser.context.clock.setFixedTime(madeAt))

afterAll(async () => browser?.close())

async function paste(page: Page, text: string): Promise<void> {
  await page.getByRole('tab', { name: 'Explain' }).click()
  await page.getByRole('textbox', { name: 'A token, a header' }).fill(text)
}

const allMet = 'Every rule that can be judged from this is met.'

/** Said besides where no key was given. */
const unverified = ' The signature was not verified: that needs the registered public key.'

/** Shown between two samples, so that the result of one is not taken for that of the next. */
const between = '{"error":"between_samples"}'

const broken = (page: Page) =>
  page
    .locator('.explain [data-rule][data-state=broken]')
    .evaluateAll((rules) => rules.map((rule) => (rule as HTMLElement).dataset['rule'] ?? ''))

describe('explain', () => {
  test('each pasted sample: the provider is guessed, the result is said in full, the broken rule is named', async () => {
    expect(samples.length).toBeGreaterThanOrEqual(20)
    const { page, faults, requests } = await openPlayground(browser.context, url)
    for (const { what, text, provider, named, headline = allMet } of samples) {
      await paste(page, between)
      const result = page.locator('.explain .result')
      await result.filter({ hasText: 'between_samples' }).waitFor()
      await paste(page, text)
      await result.filter({ hasNotText: 'between_samples' }).waitFor()
      const guess = page.getByTestId('guess')
      const words = await result.locator('p:not([data-testid])').allTextContents()
      expect([what, words.join(' ').replace(unverified, '')]).toEqual([what, headline])
      expect([what, (await guess.allTextContents()).map((each) => each.split(' recognised')[0])]).toEqual([
        what,
        provider === undefined ? [] : [provider],
      ])
      const names = await broken(page)
      expect([what, names]).toEqual([what, named === undefined ? [] : expect.arrayContaining([named])])
    }
    expect({ faults, requests }).toEqual({ faults: [], requests: [] })
    await page.close()
  })

  test('a private key is taken out of the field and never shown', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, fixedKeys.rsa2048.privateKey)
    await page.getByRole('alert').getByText('This is a private key, not a token.').waitFor()
    const field = page.getByRole('textbox', { name: 'A token, a header' })
    expect(await field.inputValue()).toBe('')
    expect(await field.getAttribute('aria-invalid')).toBe('false')
    expect(await page.content()).not.toContain(fixedKeys.rsa2048.privateKey.slice(40, 90))
    await page.close()
  })

  test('the answer of the provider is shown, its clock judges times, and it links the rule that it names', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, samples.find(({ what }) => what.startsWith('the output of curl -v'))?.text ?? '')
    const answer = page.locator('.explain .answer')
    await answer.getByText('401 Unauthorized').waitFor()
    // Its body says the same again.
    expect((await answer.textContent())?.match(/Unauthorized/g)).toHaveLength(1)
    await answer.getByText("Times are judged by the provider's clock").waitFor()
    await answer.getByRole('button', { name: 'cdata.signature' }).click()
    const rule = page.locator('.explain [data-rule="cdata.signature"][data-state=broken]')
    expect(await rule.getByRole('link').evaluate((link) => link === document.activeElement)).toBe(true)
    expect(await page.locator('.explain [data-rule="cdata.exp"][data-state=kept]').count()).toBe(1)
    await page.close()
  })

  test('an advised rule comes after the required ones, with its own sign and word', async () => {
    const { page } = await openPlayground(browser.context, url)
    const claims = { sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', uri: '/v1/ping', method: 'get' }
    const seconds = Math.floor((await page.evaluate(() => Date.now())) / 1000)
    const times = { iat: seconds, exp: seconds + 30 }
    const token = [
      { alg: 'RS256', typ: 'JWT' },
      { ...claims, ...times },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    await paste(page, `GET /v1/ping HTTP/1.1\nHost: access.utgl.io\nAuthorization: Bearer ${token}.c2ln`)
    const items = page.locator('.explain [data-state=broken]')
    await items.first().waitFor()
    const severities = await items.evaluateAll((all) =>
      all.map((one) => (one as HTMLElement).dataset['severity']),
    )
    expect(severities).toEqual([...severities].sort().reverse())
    expect(severities.at(-1)).toBe('advised')
    const signs = await items
      .locator('.rule-mark')
      .evaluateAll((all) => all.map((one) => getComputedStyle(one, '::before').content))
    expect([signs[0], signs.at(-1)]).toEqual(['"✗"', '"!"'])
    expect(await items.last().textContent()).toMatch(/^not as advised: /)
    await page.close()
  })

  test('what to fix comes first, then what is broken, the token, and last what is met', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, samples.find(({ named }) => named === 'cdata.times')?.text ?? '')
    await page.locator('[data-mistake]').waitFor()
    expect(await page.locator('.explain h3').allTextContents()).toEqual([
      'How to fix it',
      'What is broken',
      'Decoded',
      'Other rules',
    ])
    await page.close()
  })

  test('who has nothing to paste can look at examples, and goes on at the result', async () => {
    const { page, toggle, faults } = await openPlayground(browser.context, url)
    await toggle('Array aud')
    await page.locator('.rules-column [data-state=broken]').first().waitFor()
    for (const [name, result] of [
      ['The request that you built', /^Speeda recognised by its address1 rule is broken\.$/],
      ['A refusal', /^The provider answered with 401 Unauthorized: invalid_client\./],
      ["Somebody else's JWT", /^This does not look like a JWT of a known provider\.The token expired /],
    ] as const) {
      await paste(page, '')
      await page.getByRole('button', { name, disabled: false }).click()
      await page.locator('.explain .result').waitFor()
      expect([name, await page.locator('.explain .result').textContent()]).toEqual([
        name,
        expect.stringMatching(result),
      ])
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Explanation')
    }
    expect(faults).toEqual([])
    await page.close()
  })

  test('the result is announced once, although the time in it changes', async () => {
    const { page } = await openPlayground(browser.context, url)
    const start = await page.evaluate(() => Date.now())
    await paste(page, samples.find(({ what }) => what === 'a token that expired')?.text ?? '')
    await page.locator('.outcome', { hasText: 'expired 1 h 57 min ago' }).waitFor()
    const announced = page.locator('.explain [aria-live] span')
    const first = await announced.elementHandle()
    const text = await announced.textContent()
    await page.clock.setFixedTime(start + 60_000)
    await page.locator('.outcome', { hasText: 'expired 1 h 58 min ago' }).waitFor()
    expect([await first?.evaluate((span) => span.isConnected), await announced.textContent()]).toEqual([
      true,
      text,
    ])
    await page.close()
  })

  test('the keyboard is enough: paste, provider, fix, rule, claims, rules that are met', async () => {
    const { page } = await openPlayground(browser.context, `${url}#explain`)
    const text = samples.find(({ named }) => named === 'cdata.times')?.text ?? ''
    await page.evaluate((copied) => navigator.clipboard.writeText(copied), text)
    await page.keyboard.press('Control+V')
    await page.locator('[data-mistake]').waitFor()
    await page.getByRole('textbox', { name: 'A token, a header' }).focus()
    const stops: string[] = []
    for (;;) {
      await page.keyboard.press('Tab')
      const name = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement
        if (element.closest('.explain') === null) return ''
        return (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? ''
      })
      if (name === '') break
      stops.push(name.replace(/^(alg).*/, '$1').replace(/:.*/, ''))
      if (name.startsWith('alg')) {
        await page.keyboard.press('End')
        await page.keyboard.press('Enter')
        const exp = page.locator('.explain .claims > li', { hasText: /^exp/ })
        await exp.locator('.claim-help').waitFor()
        await page.keyboard.press('Enter')
        await page.keyboard.press('Home')
      }
      if (/^\d+ met$/.test(name)) {
        await page.keyboard.press('Enter')
        await page.locator('.explain details[open] [data-rule="cdata.alg"]').waitFor()
        await page.keyboard.press('Enter')
      }
    }
    expect(stops).toEqual([
      'Clear',
      'Provider',
      'Verify the signature too',
      'jwt.milliseconds',
      'cdata.times',
      'cdata.iat',
      'cdata.lifetime',
      'alg',
      expect.stringMatching(/^\d+ met$/),
      expect.stringMatching(/^\d+ not checked$/),
    ])
    await page.close()
  })

  test('Clear empties the field and puts the cursor there, for the next text', async () => {
    const { page } = await openPlayground(browser.context, `${url}#explain`)
    await paste(page, between)
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.locator('.explain').getByText('Nothing to paste?').waitFor()
    await page.keyboard.insertText('Bearer')
    expect(await page.getByRole('textbox', { name: 'A token, a header' }).inputValue()).toBe('Bearer')
    await page.close()
  })

  test.each([320, 375])(
    'on a phone, %i wide, the result is seen without scrolling, and nothing overflows',
    async (width) => {
      const { page } = await openPlayground(browser.context, `${url}#explain`)
      await page.setViewportSize({ width, height: 812 })
      for (const { what, text, headline = allMet } of samples) {
        await paste(page, between)
        const result = page.locator('.explain .result')
        await result.filter({ hasText: 'between_samples' }).waitFor()
        await paste(page, text)
        await result.filter({ hasText: headline.slice(0, 20) }).waitFor()
        const { bottom } = await result
          .locator('.outcome')
          .evaluate((element) => element.getBoundingClientRect())
        const wide = await page.evaluate(() => document.documentElement.scrollWidth)
        expect([what, bottom < 812, wide <= width]).toEqual([what, true, true])
      }
      await page.close()
    },
  )

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
    const result = page.locator('.explain .result')
    expect(await result.textContent()).toContain(allMet + unverified.trim())
    await page.getByText('Verify the signature too').click()
    const key = page.getByRole('textbox', { name: 'Registered public key' })
    await key.fill(fixedKeys.rsa2048.publicKey)
    await page
      .locator('.explain [data-rule="cdata.signature"][data-state=kept]')
      .waitFor({ state: 'attached' })
    expect(await result.textContent()).not.toContain(unverified.trim())
    await key.fill(fixedKeys.otherRsa2048.publicKey)
    await page.locator('.explain [data-rule="cdata.signature"][data-state=broken]').waitFor()
    await key.fill('no key')
    await page.getByRole('alert').getByText('KEY_MALFORMED').waitFor()
    const field = page.getByRole('textbox', { name: 'A token, a header' })
    expect([await key.getAttribute('aria-invalid'), await field.getAttribute('aria-invalid')]).toEqual([
      'true',
      'false',
    ])
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

  test('the token is coloured beside its claims, what is broken is red, and marked in the token', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, samples.find(({ named }) => named === 'cdata.times')?.text ?? '')
    const claim = (name: string) => page.locator('.explain .claims > li', { hasText: new RegExp(`^${name}`) })
    await claim('iat').locator('[data-broken=true]').waitFor()
    expect(await claim('tokenType').locator('[data-broken=true]').count()).toBe(0)
    const colourOf = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).color)
    const colours = await Promise.all(
      ['header', 'claims', 'signature'].map((part) => colourOf(`.explain .token .${part}`)),
    )
    expect(new Set(colours).size).toBe(3)
    expect(await colourOf('.explain [data-broken=true] .claim-value')).not.toBe(
      await colourOf('.explain [data-broken=false] .claim-value'),
    )
    expect(
      await page
        .locator('.explain .token [data-marked=true]')
        .evaluateAll((all) => all.map((one) => one.className)),
    ).toEqual(['claims'])
    await page.close()
  })

  test('a claim lights the rules about it, and a rule lights its claims, by mouse and by keyboard', async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, samples.find(({ named }) => named === 'cdata.times')?.text ?? '')
    const rule = page.locator('.explain [data-rule="cdata.times"][data-state=broken]')
    const claim = (name: string) => page.locator('.explain .claims > li', { hasText: new RegExp(`^${name}`) })
    const lit = async () => [
      await rule.getAttribute('data-lit'),
      await claim('iat').getAttribute('data-lit'),
      await claim('tokenType').getAttribute('data-lit'),
    ]
    await rule.waitFor()
    await page.mouse.move(0, 0)
    expect(await lit()).toEqual(['false', 'false', 'false'])
    await rule.hover()
    expect(await lit()).toEqual(['true', 'true', 'false'])
    await claim('iat').hover()
    expect(await lit()).toEqual(['true', 'true', 'false'])
    await claim('tokenType').hover()
    expect(await lit()).toEqual(['false', 'false', 'true'])
    await page.mouse.move(0, 0)
    await rule.getByRole('link').focus()
    expect(await lit()).toEqual(['true', 'true', 'false'])
    await claim('tokenType').getByRole('button').focus()
    expect(await lit()).toEqual(['false', 'false', 'true'])
    await page.close()
  })

  test('the clock ticks: times count, and a token expires while it is looked at', async () => {
    const { page } = await openPlayground(browser.context, url)
    const start = await page.evaluate(() => Date.now())
    const seconds = Math.floor(start / 1000)
    const claims = { tokenType: 'powered-by', iss: 'example', iat: seconds, exp: seconds + 180 }
    const token = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    await page.clock.setFixedTime(seconds * 1000)
    await paste(page, `${token}.c2ln`)
    const exp = page.locator('.explain .claims > li', { hasText: /^exp/ })
    await exp.getByText('in 3 min', { exact: true }).waitFor()
    const rule = (state: string) => page.locator(`.explain [data-rule="cdata.exp"][data-state=${state}]`)
    await rule('kept').waitFor({ state: 'attached' })
    await page.clock.setFixedTime((seconds + 60) * 1000)
    await exp.getByText('in 2 min', { exact: true }).waitFor()
    await page.clock.setFixedTime((seconds + 190) * 1000)
    await exp.getByText('10 s ago', { exact: true }).waitFor()
    await rule('broken').waitFor()
    await page.close()
  })

  test.each([
    ['{"error":"invalid_client","error_description":"Unknown client."}', 'invalid_client'],
    [
      'HTTP/1.1 401 Unauthorized\ncontent-type: application/json\n\n{"error":"invalid_token"}',
      'invalid_token',
    ],
    ['< HTTP/2 400\n< content-type: application/json\n<\n{"code":"INVALID_SIGNATURE"}', 'INVALID_SIGNATURE'],
  ])('the body of a refusal is named, and not called a token: %s', async (text, code) => {
    const { page, faults } = await openPlayground(browser.context, url)
    await paste(page, text)
    await page.getByRole('heading', { name: 'What the provider answered' }).waitFor()
    await page.locator('.explain').getByText(code, { exact: true }).waitFor()
    expect(await page.locator('.explain [data-rule]').count()).toBe(0)
    expect(faults).toEqual([])
    await page.close()
  })

  test("somebody else's JWT is decoded, and judged by no rule", async () => {
    const { page } = await openPlayground(browser.context, url)
    await paste(page, 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln')
    await page.locator('.result', { hasText: 'does not look like a JWT of a known provider' }).waitFor()
    await page.locator('.explain .claims').getByRole('button', { name: /^sub/ }).waitFor()
    expect(await page.locator('.explain [data-rule]').count()).toBe(0)
    expect(await page.getByTestId('guess').count()).toBe(0)
    await page.close()
  })
})
