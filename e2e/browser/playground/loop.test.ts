import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageUrl } from './built-page.ts'
import { openPlayground, sizes } from './page-object.ts'

let browser: OpenBrowser
let url: string

beforeAll(async () => {
  url = pageUrl
  browser = await openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] })
}, 180_000)

afterAll(async () => browser?.close())

const allMet = 'Every rule that can be judged from this is met.'

describe('the loop', () => {
  test('a fault shows in the claims at once: the old value struck, the new one beside it', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await toggle('Expired')
    const exp = page.locator('.claims > li', { hasText: /^exp/ })
    await exp.locator('del').waitFor()
    const [before, after] = await Promise.all([
      exp.locator('del').textContent(),
      exp.locator('ins').textContent(),
    ])
    expect(Number(before) - Number(after)).toBe(3600)
    await page.getByRole('heading', { name: /^What is sent, with/ }).waitFor()
    await toggle('Array aud')
    await page.locator('.claims > li', { hasText: /^aud/ }).locator('ins').waitFor()
    expect(await page.locator('[data-rule][data-state=broken]').count()).toBe(2)
    await page.close()
  })

  test('the bytes of a JSON body are shown as they are sent, with the change tinted', async () => {
    const { page, choose, toggle } = await openPlayground(browser.context, url)
    await choose('PaymentsGate')
    const body = page.getByTestId('body')
    expect(await body.textContent()).toMatch(/^\{"account_id":"[^"]+","public_key":"\[secret\]"\}$/)
    await choose('UTGL Issuing')
    await toggle('Altered body')
    await body.locator('mark').waitFor()
    expect(await body.textContent()).toBe('{"hello":"world"} ')
    expect(await body.locator('mark').textContent()).toBe(' ')
    await page.close()
  })

  test('a fault of the provider is said before anything is sent, because the request does not show it', async () => {
    const { page, toggle } = await openPlayground(browser.context, url)
    await toggle('Server fault')
    const line = page.locator('.verdict')
    await line.getByText('The provider will answer 503 once.', { exact: true }).waitFor()
    await page.getByLabel('Kind of fault').selectOption({ label: 'Connection reset' })
    await line.getByText('The provider will break the connection once.', { exact: true }).waitFor()
    expect(await line.textContent()).toContain('No rule is broken so far.')
    await toggle('Wrong key')
    await line.getByText('The signature did not match.').waitFor()
    expect(await line.textContent()).toContain('The provider will break the connection once.')
    await page.close()
  })

  test('a fault leaves the form as it was filled in', async () => {
    const { page, choose, toggle, send } = await openPlayground(browser.context, url)
    await choose('UTGL Issuing')
    for (const [fault, sent] of [
      ['Dropped query', 'GET ping?page=1'],
      ['Altered body', 'POST ping'],
    ] as const) {
      await toggle(fault)
      await page.getByTestId('layer').getByText(sent, { exact: true }).waitFor()
      expect(await send()).toMatchObject({ word: 'refused' })
      await toggle(fault)
      await page.getByTestId('layer').waitFor({ state: 'detached' })
      expect(await page.getByLabel('Path and query').inputValue()).toBe('ping')
      expect(await page.getByLabel('Method').inputValue()).toBe('GET')
      expect(await page.getByLabel('Body, sent').count()).toBe(0)
    }
    expect(await send()).toMatchObject({ word: 'accepted' })
    await page.close()
  })

  test.each([
    ['Clock skew', 'speeda.exp', "by the provider's clock", 'corrected the time'],
    ['Revoked token', 'speeda.access-token', 'with the first token', 'got a new token'],
  ])(
    'with %s every column says what is refused at first and corrected then',
    async (fault, id, when, done) => {
      const { page, toggle, send } = await openPlayground(browser.context, url)
      await toggle(fault)
      const rule = page.locator(`[data-rule="${id}"]`)
      const note = page.getByTestId('correction')
      await note.waitFor()
      for (const part of [rule, note, page.locator('.verdict')])
        expect(await part.textContent()).toMatch(new RegExp(`[Aa]t first, ${when}: .*Then Countersign`))
      // What is accepted in the end is not called broken.
      expect(await page.locator('.verdict').textContent()).toMatch(/^Not sent yet\. At first/)
      expect(await send()).toMatchObject({ word: 'accepted', broken: expect.arrayContaining([id]) })
      expect(await rule.getAttribute('data-state')).toBe('corrected')
      for (const part of [rule, note, page.getByTestId('verdict')])
        expect(await part.textContent()).toMatch(new RegExp(`[Aa]t first, ${when}.*Then Countersign ${done}`))
      // No claim is marked as wrong when the request was accepted.
      expect(await page.locator('.sent .claim[data-broken=true]').count()).toBe(0)
      await page.close()
    },
  )

  test.each([
    ['UTGL Issuing', 'Wrong key', 'HTTP_STATUS', 'Check credentials, clock and key'],
    ['Speeda', 'Wrong scheme', 'HTTP_STATUS', 'Check credentials, clock and key'],
    ['Speeda', 'Wrong key', 'TOKEN_REQUEST_REJECTED', 'Check the credentials'],
  ])(
    '%s, %s: what the program gets is the error that the library throws',
    async (title, fault, code, hint) => {
      const { page, choose, toggle, send } = await openPlayground(browser.context, url)
      await choose(title)
      await toggle(fault)
      await send()
      const notice = page.locator('section', {
        has: page.getByRole('heading', { name: 'What your program gets' }),
      })
      expect(await notice.last().textContent()).toMatch(new RegExp(`${code}.* 401.*${hint}`))
      await page.close()
    },
  )

  test('a wrong scheme is shown in the API request, where that follows a token request', async () => {
    const { page, toggle, choose } = await openPlayground(browser.context, url)
    for (const title of ['Speeda', 'PaymentsGate']) {
      await choose(title)
      await toggle('Wrong scheme')
      const request = page
        .locator('section', { has: page.getByRole('heading', { name: 'API request, with the token' }) })
        .last()
      await request.locator('del', { hasText: 'Bearer' }).waitFor()
      expect(await request.locator('ins').allTextContents()).toEqual(['Token'])
      await page
        .getByRole('heading', { name: /^What is sent, with/ })
        .getByText('Wrong scheme')
        .waitFor()
    }
    await page.close()
  })

  test('an address in the path becomes a path below the base URL, or is refused at its field', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    await choose('UTGL Issuing')
    const path = page.getByLabel('Path and query')
    await path.fill('https://access.utgl.io/v1/accounts?x=1')
    expect(await path.inputValue()).toBe('accounts?x=1')
    await path.fill('https://elsewhere.example/v1/accounts')
    await page.getByText('Credentials are sent to the base URL only.').waitFor()
    expect(await path.getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByTestId('send').getAttribute('aria-disabled')).toBe('true')
    await page.close()
  })

  test.each(sizes)('Send and verdict are in view at %i by %i, also far down', async (width, height) => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width, height })
    await toggle('Expired')
    await send()
    for (const top of [0, 600]) {
      await page.evaluate((y) => scrollTo(0, y), top)
      for (const id of ['send', 'verdict']) {
        const box = await page.getByTestId(id).boundingBox()
        expect([id, top, box !== null && box.y >= 0 && box.y + box.height <= height]).toEqual([id, top, true])
      }
    }
    await page.close()
  })

  test('any change makes a verdict outdated, and sending it again makes a new one', async () => {
    const { page, send } = await openPlayground(browser.context, url)
    await send()
    await page.getByLabel('Path and query').fill('private-company/v1/companies?country=JPN')
    await page.getByTestId('outdated').waitFor()
    expect(await page.getByTestId('verdict').count()).toBe(0)
    expect(await send()).toMatchObject({ word: 'accepted' })
    expect(await page.getByTestId('outdated').count()).toBe(0)
    await page.close()
  })

  test('a wrong path is not called a refusal', async () => {
    const { page, send, choose } = await openPlayground(browser.context, url)
    await choose('UTGL Issuing')
    await page.getByLabel('Path and query').fill('nowhere')
    const verdict = await send()
    expect(verdict.word).toBe('failed')
    expect(verdict.text).toContain('There is nothing at /v1/nowhere.')
    await page.close()
  })

  test('the last good token is dimmed while a field is wrong', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.getByLabel('Client id').fill(' ')
    await page.locator('.column[data-dimmed=true]').first().waitFor()
    // In the words of the form, everywhere.
    expect(await page.locator('.verdict').textContent()).toBe('Nothing can be sent now. Client id is empty.')
    expect(await page.getByTestId('counts').textContent()).toBe('Not checked now. Client id is empty.')
    expect(await page.getByRole('alert').textContent()).toBe('Client id is empty.')
    expect(await page.locator('main').textContent()).not.toContain('clientId`')
    const colours = await page
      .locator('.token .claims')
      .evaluate((part) => [
        getComputedStyle(part).color,
        getComputedStyle(part.closest('.column')?.querySelector('h2') as Element).color,
      ])
    expect(colours[0]).toBe(colours[1])
    expect(await page.getByTestId('token').textContent()).toMatch(/^ey/)
    expect(await page.getByLabel('Client id').getAttribute('aria-invalid')).toBe('true')
    await page.close()
  })
})

describe('a person who never saw the page', () => {
  test('sends a good request, breaks it and explains a token by what is in one row', async () => {
    const { page, faults } = await openPlayground(browser.context, url)
    const token = (await page.getByTestId('token').textContent()) ?? ''
    await page.getByRole('button', { name: 'Send a good request' }).click()
    await page.locator('[data-testid=verdict][data-verdict=accepted]').waitFor()
    await page.getByRole('switch', { name: 'Expired' }).click()
    await page.getByRole('button', { name: 'Send with 1 fault' }).click()
    await page.locator('[data-testid=verdict][data-verdict=refused]').waitFor()
    await page.getByRole('button', { name: 'Explain a token' }).click()
    await page.keyboard.insertText(token)
    await page.locator('.explain .outcome').getByText(allMet).waitFor()
    expect(faults).toEqual([])
    await page.close()
  })

  test.each([
    ['a laptop', 1440, 760],
    ['a phone', 375, 760],
  ])(
    'who has a token to paste lands in a field that takes it, with examples in view, on %s',
    async (_what, width, height) => {
      const { page } = await openPlayground(browser.context, url)
      await page.setViewportSize({ width, height })
      const token = (await page.getByTestId('token').textContent()) ?? ''
      const way = page.getByRole('button', { name: 'Explain a token' })
      const field = page.getByRole('textbox', { name: 'A token, a header' })
      await way.click()
      expect(await page.evaluate(() => location.hash)).toBe('#explain')
      for (const example of await page.locator('.examples button').all()) {
        const { y = height, height: tall = 0 } = (await example.boundingBox()) ?? {}
        expect([await example.textContent(), y + tall <= height]).toEqual([expect.any(String), true])
      }
      await page.keyboard.insertText('{"error":"invalid_client"}')
      await page.locator('.explain .outcome').getByText('invalid_client').waitFor()
      // What is pasted next replaces it.
      await page.getByRole('tab', { name: 'Build and send' }).click()
      await way.click()
      await page.keyboard.insertText(token)
      expect(await field.inputValue()).toBe(token)
      await page.locator('.explain .outcome').getByText(allMet).waitFor()
      await page.close()
    },
  )
})

describe('what is shared', () => {
  test.each([
    ['a laptop', 1440, 760],
    ['a laptop with a narrow window', 1024, 760],
    ['a phone', 375, 760],
    ['a small phone', 320, 640],
  ])('is beside a refusal, without scrolling, on %s', async (_what, width, height) => {
    const { page, toggle, send, openShare, faults } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width, height })
    await toggle('Array aud')
    await send()
    await page.evaluate(() => scrollTo(0, 0))
    await openShare()
    for (const what of ['a link to this request', 'a bug report']) {
      const button = page.getByRole('button', { name: what })
      const { x = -1, y = -1, width: wide = 0, height: tall = 0 } = (await button.boundingBox()) ?? {}
      expect([what, x >= 0 && y >= 0 && x + wide <= width && y + tall <= height]).toEqual([what, true])
      await button.click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      const copied = await page.evaluate(() => navigator.clipboard.readText())
      expect(copied).toContain(what === 'a bug report' ? 'speeda.aud' : '#p=speeda&break=aud')
      await button.waitFor()
    }
    expect(await page.evaluate(() => scrollY)).toBe(0)
    expect(faults).toEqual([])
    await page.close()
  })

  test('closes by Escape, which leaves the focus on its button, and when something else is pressed', async () => {
    const { page, openShare } = await openPlayground(browser.context, url)
    const link = page.getByRole('button', { name: 'a link to this request' })
    await openShare()
    await link.focus()
    await page.keyboard.press('Escape')
    await link.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Share')
    await openShare()
    await link.waitFor()
    await page.getByRole('heading', { name: 'What is sent' }).click()
    await link.waitFor({ state: 'detached' })
    await page.close()
  })

  test('a link opens on the same server fault, and a reload shows it again', async () => {
    const { page, toggle, send, openShare } = await openPlayground(browser.context, url)
    await toggle('Server fault')
    await page.getByLabel('Kind of fault').selectOption({ label: 'Truncated response' })
    expect(await send()).toMatchObject({ word: 'failed' })
    await openShare()
    await page.getByRole('button', { name: 'a link to this request' }).click()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    await page.reload()
    await page.getByTestId('verdict').getByText('cut off').waitFor()
    await page.close()
    const again = await openPlayground(browser.context, link)
    await again.page.getByTestId('verdict').getByText('cut off').waitFor()
    await again.page.close()
  })
})

describe('the docked line on a phone', () => {
  test.each(['Expired', 'Array aud', 'Wrong key', 'Wrong scheme', 'Replayed jti'])(
    'says what was found and what is required in a line each, before and after %s is sent',
    async (fault) => {
      const { page, toggle, send } = await openPlayground(browser.context, url)
      for (const width of [375, 320]) {
        await page.setViewportSize({ width, height: 760 })
        await toggle(fault)
        const line = page.locator('.verdict')
        await line.locator('.verdict-required', { hasText: 'must' }).waitFor()
        const lines = () =>
          line.evaluate((box) => {
            const { lineHeight } = getComputedStyle(box)
            const text = box.querySelector('p')?.getBoundingClientRect()
            return Math.round((text?.height ?? 0) / Number.parseFloat(lineHeight))
          })
        if (width === 375) expect(await lines()).toBe(2)
        expect(await send()).toMatchObject({ word: 'refused' })
        const [found, required] = ['.verdict-found', '.verdict-required'].map((part) => line.locator(part))
        expect(await found?.textContent()).toMatch(/^Refused with 401: \S/)
        expect(await required?.textContent()).toMatch(/ must /)
        expect([width, await lines()]).toEqual([width, 2])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        await toggle(fault)
      }
      await page.close()
    },
  )
})

describe('addresses', () => {
  test('a link with a fault opens on the refusal, and a reload shows it again', async () => {
    const { page } = await openPlayground(browser.context, `${url}#p=utgl&break=query`)
    const refusal = page.getByTestId('verdict').getByText('utgl.uri')
    await refusal.waitFor()
    await page.reload()
    await refusal.waitFor()
    await page.close()
  })

  test('each refusal of the gallery is shown by its link', async () => {
    const { page } = await openPlayground(browser.context, url)
    const links = page.locator('.gallery a')
    expect(await links.count()).toBe(10)
    for (const link of await links.all()) {
      const name = await link.textContent()
      await link.click()
      await page.getByRole('switch', { name: name ?? '', checked: true }).waitFor()
      await page.locator('[data-testid=verdict] .rule-id').waitFor()
    }
    await page.close()
  })

  test('a refusal of the gallery is shown at the top, where the verdict is', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.locator('.gallery a').last().click()
    await page.locator('[data-testid=verdict] .rule-id').waitFor()
    expect(await page.evaluate(() => scrollY)).toBe(0)
    await page.close()
  })

  test('a link has the edits of the token, and opens on their refusal', async () => {
    const { page, openShare } = await openPlayground(browser.context, url)
    await page.getByRole('button', { name: 'Edit by hand' }).click()
    const claims = page.getByRole('textbox', { name: 'Claims' })
    await claims.fill(JSON.stringify({ ...JSON.parse(await claims.inputValue()), sub: 'someone-else' }))
    await page.getByRole('button', { name: 'Sign these claims' }).click()
    await openShare()
    await page.getByRole('button', { name: 'a link to this request' }).click()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    await claims.fill(JSON.stringify({ sub: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl' }))
    await openShare()
    expect(await page.getByTestId('left-out').textContent()).toContain('the edited claims')
    await page.close()
    const again = await openPlayground(browser.context, link)
    await again.page.getByTestId('verdict').getByText('speeda.sub').waitFor()
    expect(await again.page.getByRole('textbox', { name: 'Claims' }).inputValue()).toContain('someone-else')
    expect(again.faults).toEqual([])
    await again.page.close()
  })

  test('explain has an address, and a reload keeps provider and tab', async () => {
    const { page, choose } = await openPlayground(browser.context, url)
    await choose('Victor')
    await page.reload()
    await page.getByRole('radio', { name: 'Victor', checked: true }).waitFor({ state: 'attached' })
    await page.getByRole('tab', { name: 'Explain' }).click()
    expect(await page.evaluate(() => location.hash)).toBe('#explain&p=victor')
    await page.reload()
    await page.getByRole('tab', { name: 'Explain', selected: true }).waitFor()
    await page.getByRole('tab', { name: 'Build and send' }).click()
    await page.getByRole('radio', { name: 'Victor', checked: true }).waitFor({ state: 'attached' })
    expect(await page.evaluate(() => location.hash)).toBe('#p=victor')
    await page.close()
  })

  test('a request that was refused for its signature is explained so, and another text is not judged by its key', async () => {
    const { page, toggle, send } = await openPlayground(browser.context, url)
    await toggle('Wrong key')
    expect(await send()).toMatchObject({ word: 'refused' })
    await page.getByRole('button', { name: 'Explain this request' }).click()
    await page.locator('.explain [data-rule="speeda.signature"][data-state=broken]').waitFor()
    const text = page.getByRole('textbox', { name: 'A token, a header' })
    await text.fill(`\n${await text.inputValue()}`)
    await page.locator('.explain .result').getByText('The signature was not verified').waitFor()
    await page.close()
  })

  test('a paste outside every field is explained', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.evaluate(() => navigator.clipboard.writeText('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln'))
    await page.keyboard.press('Control+V')
    await page.locator('.result', { hasText: 'does not look like a JWT of a known provider' }).waitFor()
    await page.locator('.explain .claims').getByRole('button', { name: /^sub/ }).waitFor()
    await page.close()
  })

  test('buttons that copy stay where they are while they say that it was copied', async () => {
    const { page, openShare } = await openPlayground(browser.context, url)
    await openShare()
    for (const name of ['Copy a link to this request', 'Copy the token']) {
      const button = page.getByRole('button', { name })
      await button.scrollIntoViewIfNeeded()
      const box = async (one: typeof button) =>
        Object.values((await one.boundingBox()) ?? {}).map((length) => Math.round(length))
      const before = await box(button)
      await button.click()
      const copied = page.getByRole('button', { name: 'Copied' })
      await copied.waitFor()
      expect([name, await box(copied)]).toEqual([name, before])
      await button.waitFor()
    }
    await page.close()
  })

  test('a bug report names the rule and contains no token', async () => {
    const { page, toggle, send, openShare } = await openPlayground(browser.context, url)
    await toggle('Array aud')
    await send()
    await openShare()
    await page.getByRole('button', { name: 'a bug report' }).click()
    const report = await page.evaluate(() => navigator.clipboard.readText())
    expect(report).toContain('speeda.aud')
    expect(report).not.toMatch(/eyJ/)
    await page.close()
  })
})
