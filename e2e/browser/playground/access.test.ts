import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageUrl } from './built-page.ts'
import { openPlayground, type Playground } from './page-object.ts'

let browser: OpenBrowser
let url: string
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

beforeAll(async () => {
  url = pageUrl
  browser = await openBrowser({ bypassCSP: true })
}, 180_000)

afterAll(async () => browser?.close())

/** What axe finds: rule and element. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

async function explain(page: Page, text: string): Promise<void> {
  await page.getByRole('tab', { name: 'Explain' }).click()
  await page.getByRole('textbox', { name: 'A token, a header' }).fill(text)
}

/** Opens every folded section. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const part of document.querySelectorAll('details')) part.open = true
  })
}

const states: Readonly<Record<string, (playground: Playground) => Promise<unknown>>> = {
  initially: async () => undefined,
  accepted: ({ send }) => send(),
  refused: async ({ toggle, send }) => {
    await toggle('Array aud')
    await send()
  },
  edited: async ({ page }) => {
    await page.getByRole('button', { name: 'Edit by hand' }).click()
    await page.getByRole('textbox', { name: 'Claims' }).fill('{')
    await page.getByText('This is not valid JSON').waitFor()
  },
  'with an invalid form': async ({ page }) => {
    await page.getByLabel('Client id').fill(' ')
    await page.getByRole('alert').waitFor()
  },
  'with two kinds of credentials': ({ choose }) => choose('Victor'),
  'with a server fault': async ({ page, toggle, send }) => {
    await toggle('Server fault')
    await page.getByRole('combobox', { name: 'Kind of fault' }).selectOption('Redirect to another host')
    await send()
  },
  'before an explanation': ({ page }) => page.getByRole('tab', { name: 'Explain' }).click(),
  'with a token explained': async ({ page }) => {
    await explain(page, (await page.getByTestId('token').textContent()) ?? '')
    await page.getByText('Several providers match').or(page.getByTestId('guess')).waitFor()
  },
  'with a mistake explained': async ({ page }) => {
    const token = [{ alg: 'RS256' }, { tokenType: 'powered-by', iat: 1795254610000, connection_ids: '["a"]' }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    await explain(page, `Token ${token}.c2ln`)
    await page.locator('[data-mistake]').first().waitFor()
  },
  'with unreadable input': async ({ page }) => {
    await explain(page, 'this is not a token')
    await page.getByRole('alert').waitFor()
  },
  'with several faults, before it is sent': async ({ page, toggle }) => {
    for (const name of ['Expired', 'Array aud', 'Wrong key', 'Wrong scheme']) await toggle(name)
    await page.locator('[data-rule="speeda.signature"][data-state=broken]').waitFor()
  },
  'with a cut response': async ({ page, toggle, send }) => {
    await toggle('Server fault')
    await page.getByRole('combobox', { name: 'Kind of fault' }).selectOption('Truncated response')
    await send()
  },
  'with a wrong path': async ({ page, choose, send }) => {
    await choose('UTGL Issuing')
    await page.getByLabel('Path and query').fill('nowhere')
    await send()
  },
  'with the form folded, on a phone': async ({ page, toggle, send }) => {
    await page.setViewportSize({ width: 375, height: 812 })
    await page.locator('.setup summary').first().waitFor()
    await toggle('Expired')
    await send()
  },
  'with an outdated verdict': async ({ page, toggle, send }) => {
    await send()
    await toggle('Expired')
    await page.getByTestId('outdated').waitFor()
  },
  "with somebody else's JWT explained": async ({ page }) => {
    await explain(page, 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln')
    await page.locator('.result', { hasText: 'does not look like a JWT of a known provider' }).waitFor()
  },
  'with an error body explained': async ({ page }) => {
    await explain(page, '{"error":"invalid_client","error_description":"The client is unknown."}')
    await page.getByRole('heading', { name: 'What the provider answered' }).waitFor()
  },
  'with the output of curl -v explained': async ({ page }) => {
    await explain(page, trace)
    await page.getByRole('heading', { name: 'What the provider answered' }).waitFor()
    await page.getByRole('heading', { name: 'What is broken' }).waitFor()
  },
  'with a private key pasted': async ({ page }) => {
    await explain(page, '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----')
    await page.getByText('It was taken out of the field.').waitFor()
  },
  'with a wrapped token explained': async ({ page }) => {
    await explain(page, ((await page.getByTestId('token').textContent()) ?? '').replace(/.{60}/g, '$&\n'))
    await page.locator('[data-mistake="jwt.line-breaks"]').waitFor()
  },
  'with a refusal that was corrected': async ({ toggle, send }) => {
    await toggle('Clock skew')
    await send()
  },
  'with an address as the path': async ({ page }) => {
    await page.getByLabel('Path and query').fill('https://elsewhere.example/')
    await page.getByRole('alert').waitFor()
  },
  'without a signature': async ({ choose, send }) => {
    await choose('PaymentsGate')
    await send()
  },
}

/** A refused request to the first provider, as curl prints it. */
const trace = `> GET /private-company/v1/companies HTTP/1.1
> Host: datafeed.ub-speeda.com
> Authorization: Basic abc
>
< HTTP/1.1 401 Unauthorized
< Date: Fri, 02 Jan 2026 03:04:05 GMT
< WWW-Authenticate: Bearer error="invalid_token"
<
`

const colours = ['light', 'dark', 'forced'] as const

/** Each state in each of the colours; by default in one of them, so that each of the colours meets every third state. */
const looks = Object.keys(states).flatMap((state, index) =>
  colours
    .filter((_, at) => process.env['COUNTERSIGN_FULL'] === '1' || at === index % colours.length)
    .map((colour) => [state, colour] as const),
)

describe('the accessibility of the playground', () => {
  test.each(looks)('axe finds nothing %s, in %s colours', async (state, colour) => {
    const playground = await openPlayground(browser.context, url)
    const { page } = playground
    await page.emulateMedia({
      reducedMotion: 'reduce',
      ...(colour === 'forced' ? { forcedColors: 'active' } : { colorScheme: colour }),
    })
    await states[state]?.(playground)
    await unfold(page)
    expect(await findings(page)).toEqual([])
    await page.close()
  })

  test.each([
    ['a phone', 320, 640],
    ['a phone', 375, 812],
    ['a tablet', 768, 1024],
    ['a window at 200 %', 720, 450],
  ])('nothing overflows on %s, %i wide', async (_what, width, height) => {
    const { page, choose, toggle, send } = await openPlayground(browser.context, url)
    await page.setViewportSize({ width, height })
    await toggle('Array aud')
    await send()
    await unfold(page)
    const widthOf = () => page.evaluate(() => document.documentElement.scrollWidth)
    expect(await widthOf()).toBeLessThanOrEqual(width)
    await choose('UTGL Issuing')
    const token = (await page.getByTestId('token').textContent()) ?? ''
    const other = `curl https://access.utgl.io/v1/accounts -H 'Authorization: Bearer ${token}' -d '{"a":1}'`
    await explain(page, other)
    await page.locator('.explain [data-rule="utgl.body"][data-state=broken]').waitFor()
    await unfold(page)
    expect(await widthOf()).toBeLessThanOrEqual(width)
    await page.close()
  })

  test('the keyboard is enough: provider, key, request, tampering, send, response', async () => {
    const { page } = await openPlayground(browser.context, url)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    const walk = async (name: string | RegExp, role?: string) => {
      for (let presses = 0; presses < 80; presses++) {
        const at = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement
          const label =
            element.getAttribute('aria-label') ??
            (element as HTMLInputElement).labels?.[0]?.textContent ??
            element.textContent
          return {
            label: label?.trim() ?? '',
            role: element.getAttribute('role') ?? element.tagName,
            type: element.getAttribute('type'),
          }
        })
        if (at.label.match(name) !== null && (role === undefined || at.role === role || at.type === role))
          return presses
        await page.keyboard.press('Tab')
      }
      throw new Error(`The keyboard does not reach ${name}.`)
    }
    // Tab stops: the first one was the link that skips.
    const toProviders = await walk('Speeda', 'radio')
    for (const title of ['CData Connect AI Embed', 'UTGL Issuing']) {
      await page.keyboard.press('ArrowRight')
      await page.getByRole('radio', { name: title, checked: true }).waitFor({ state: 'attached' })
    }
    await page.getByLabel('Access key').waitFor()
    // The provider's first key, which is not the one that is generated below.
    await page.locator('[data-testid=send][aria-disabled=false]').waitFor()
    expect(1 + toProviders + (await walk('Send', 'BUTTON'))).toBeLessThan(10)
    await walk('Expired', 'switch')
    for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight')
    await page.getByRole('switch', { name: 'Dropped query' }).press('Space')
    await walk('Path and query')
    await page.keyboard.press('End')
    await page.keyboard.type('&size=2')
    await walk('Change the key')
    await page.keyboard.press('Enter')
    await walk('Generate a new key')
    const facts = page.getByTestId('key-facts')
    const before = await facts.getAttribute('data-thumbprint')
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      (old) =>
        document.querySelector('[data-testid=key-facts]')?.getAttribute('data-thumbprint') !== old &&
        document.querySelector('[data-testid=send]')?.getAttribute('aria-disabled') === 'false',
      before,
    )
    await page.keyboard.press('Control+Enter')
    await page.getByTestId('verdict').getByText('utgl.uri').waitFor()
    expect(await page.getByRole('status').textContent()).toContain('Refused with 401.')
    await page.close()
  })
})
