import type { BrowserContext, Page } from 'playwright-core'

/** Sizes at which the page is looked at: two laptops, two tablets and a phone. */
export const sizes = [
  [1440, 900],
  [1440, 760],
  [1024, 768],
  [768, 1024],
  [375, 812],
] as const

/** The playground as someone uses it. */
export interface Playground {
  page: Page
  /** What the page requested after it was loaded. */
  requests: readonly string[]
  /** Errors in the page and lines in its console. */
  faults: readonly string[]
  choose(title: string): Promise<void>
  toggle(title: string): Promise<void>
  /** Opens what is folded about the key. */
  openKey(): Promise<void>
  /** Opens what can be shared. */
  openShare(): Promise<void>
  /** Presses "send" and waits for the verdict. */
  send(): Promise<Verdict>
}

/** The result of a press of "send". */
export interface Verdict {
  word: 'accepted' | 'refused' | 'failed'
  text: string
  /** Rules that the page shows as broken, also those that the library corrected afterwards. */
  broken: string[]
  /** What the library did, as the page says it. */
  events: string[]
  /** The status of each response, or the words about a missing one. */
  statuses: string[]
}

/** Opens the playground in a tab of its own. */
export async function openPlayground(context: BrowserContext, url: string): Promise<Playground> {
  const page = await context.newPage()
  const requests: string[] = []
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  // Advice of the browser to authors, such as that a password field is not in a form, is not a fault.
  page.on('console', (message) => message.text().startsWith('[DOM] ') || faults.push(message.text()))
  // A served page requests its icon after it has loaded.
  await page.goto(url, { waitUntil: url.startsWith('http') ? 'networkidle' : 'load' })
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  // A browser requests the icon of a page when it has time.
  page.on('request', (request) => request.url().endsWith('/mark.svg') || requests.push(request.url()))
  const sendButton = page.getByTestId('send')
  await ready(page)
  // What is below the fold is made after the first token was painted.
  await page.locator('.gallery').waitFor({ state: 'attached' })
  return {
    page,
    requests,
    faults,
    async choose(title) {
      await page.getByRole('radio', { name: title, exact: true }).check({ force: true })
      await ready(page)
    },
    async toggle(title) {
      await page.getByRole('switch', { name: title }).click()
    },
    async openKey() {
      await page.getByText('Change the key').click()
    },
    async openShare() {
      await page.getByText('Share', { exact: true }).click()
    },
    async send() {
      const status = page.getByRole('status')
      const before = await status.getAttribute('data-count')
      await sendButton.click()
      await page.waitForFunction(
        ([count]) => document.querySelector('[role=status]')?.getAttribute('data-count') !== count,
        [before],
      )
      const verdict = page.getByTestId('verdict')
      return {
        word: (await verdict.getAttribute('data-verdict')) as Verdict['word'],
        text: (await verdict.textContent()) ?? '',
        broken: await page
          .locator('[data-rule]:is([data-state=broken], [data-state=corrected])')
          .evaluateAll((rules) => rules.map((rule) => (rule as HTMLElement).dataset['rule'] ?? '')),
        events: await page.locator('.event').allTextContents(),
        statuses: await page.locator('.message-head, .no-response').allTextContents(),
      }
    },
  }
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('[data-testid=send]')?.getAttribute('aria-disabled') === 'false',
  )
}
