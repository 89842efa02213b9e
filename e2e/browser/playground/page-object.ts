import type { BrowserContext, Page } from 'playwright-core'

/** The playground as someone uses it. */
export interface Playground {
  page: Page
  /** What the page asked of the network after it was loaded. */
  requests: readonly string[]
  /** What went wrong in the page or stands in its console. */
  faults: readonly string[]
  choose(title: string): Promise<void>
  toggle(title: string): Promise<void>
  /** Presses "send" and waits for the verdict. */
  send(): Promise<Verdict>
}

/** How it ended. */
export interface Verdict {
  word: 'accepted' | 'refused' | 'failed'
  text: string
  /** Rules that the page shows as broken. */
  broken: string[]
  /** What the library is said to have done. */
  told: string[]
  /** Status of each answer; `undefined` where there was none. */
  answers: string[]
}

/** Opens the playground in a tab of its own. */
export async function openPlayground(context: BrowserContext, url: string): Promise<Playground> {
  const page = await context.newPage()
  const requests: string[] = []
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => faults.push(message.text()))
  // From a server the icon comes after the page, and belongs to it.
  await page.goto(url, { waitUntil: url.startsWith('http') ? 'networkidle' : 'load' })
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  page.on('request', (request) => requests.push(request.url()))
  const sendButton = page.getByTestId('send')
  await ready(page)
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
          .locator('[data-rule][data-state=broken]')
          .evaluateAll((rules) => rules.map((rule) => (rule as HTMLElement).dataset['rule'] ?? '')),
        told: await page.locator('.told').allTextContents(),
        answers: await page.locator('.message[data-arrow=in] .message-head, .no-answer').allTextContents(),
      }
    },
  }
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('[data-testid=send]')?.getAttribute('aria-disabled') === 'false',
  )
}
