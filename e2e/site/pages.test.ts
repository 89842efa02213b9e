import { globSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveSite } from '../../apps/docs/build/serve-site.ts'
import { type OpenBrowser, openBrowser } from '../browser/open-browser.ts'

const folder = fileURLToPath(new URL('../../apps/docs/dist', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const full = process.env['COUNTERSIGN_FULL'] === '1'

/** One page of each kind; a full run looks at all of them. */
const some = ['', 'start/node', 'providers', 'providers/utgl', 'errors', 'command', 'reference/command']
const long = ['reference/api', 'reference/api/utgl', 'oauth-recipes', 'signing-keys', 'nowhere']
const all = globSync('**/*.html', { cwd: folder, exclude: ['playground/**', '404.html'] }).map((file) =>
  file.replace(/(?:^index)?\.html$/, ''),
)
const routes = full ? [...all, 'nowhere'] : [...some, ...long]

let site: { url: string; server: Server }
beforeAll(async () => {
  site = await serveSite(folder)
})
afterAll(() => {
  site.server.closeAllConnections()
  site.server.close()
})

/** Collects what a page does that it must not: errors, what its policy refuses, and requests to other origins. */
function watch(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/404 \(Not Found\)/.test(message.text()))
      problems.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url)) problems.push(`It loads ${request.url()}.`)
  })
  return problems
}

async function lookAt(page: Page, route: string): Promise<string[]> {
  await page.goto(`${site.url}/${route}`, { waitUntil: 'networkidle' })
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`)),
    ...(wider > 0 ? [`The page is ${wider} px wider than the window.`] : []),
  ]
}

/** Each width and each colour once; a full run looks at all of their combinations. */
const looks = [1280, 375].flatMap((width) =>
  (['light', 'dark'] as const)
    .filter((colorScheme) => full || (width === 1280) === (colorScheme === 'light'))
    .map((colorScheme) => ({ width, colorScheme })),
)

describe.each(looks)('at $width px, $colorScheme', ({ width, colorScheme }) => {
  let browser: OpenBrowser
  let page: Page
  let problems: string[]
  beforeAll(async () => {
    browser = await openBrowser({ viewport: { width, height: 800 }, colorScheme })
    page = await browser.context.newPage()
    problems = watch(page)
  })
  afterAll(() => browser?.close())

  test.each(routes)('/%s is accessible, fits, and keeps its policy', async (route) => {
    problems.length = 0
    expect(await lookAt(page, route)).toEqual([])
    expect(problems).toEqual([])
  })
})

describe('a reader', () => {
  let browser: OpenBrowser
  let page: Page
  let problems: string[]
  beforeAll(async () => {
    browser = await openBrowser({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
    page = await browser.context.newPage()
    problems = watch(page)
  })
  afterAll(async () => {
    await browser?.close()
  })

  test('finds an error code by searching', async () => {
    await page.goto(`${site.url}/`)
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('searchbox').fill('KEY_TRUNCATED')
    await page.getByRole('option', { name: 'KEY_TRUNCATED' }).first().click()
    await page.waitForURL('**/errors#key_truncated')
    expect(problems).toEqual([])
  })

  test('goes from page to page by the sidebar, with coloured code', async () => {
    await page.goto(`${site.url}/errors`)
    await page.locator('aside').getByRole('link', { name: 'Retries', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Retries' }).waitFor()
    const colours = await page
      .locator('.vp-code span span')
      .evaluateAll((words) => new Set(words.map((word) => getComputedStyle(word).color)).size)
    expect(colours).toBeGreaterThan(2)
    expect(problems).toEqual([])
  })

  test('switches between light and dark', async () => {
    await page.goto(`${site.url}/errors`)
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await background()).toBe('rgb(251, 250, 248)')
    await page.getByRole('switch').first().click()
    expect(await background()).toBe('rgb(18, 19, 22)')
    await page.reload()
    expect(await background()).toBe('rgb(18, 19, 22)')
    expect(problems).toEqual([])
  })

  test('opens the playground at a provider from its page', async () => {
    await page.goto(`${site.url}/providers/victor`)
    await page.getByRole('link', { name: 'Open the playground' }).click()
    await page.getByRole('heading', { name: /what .* APIs want signed/ }).waitFor()
    expect(new URL(page.url()).pathname).toMatch(/^\/playground\//)
    await page.getByRole('radio', { name: /^Victor/, checked: true }).waitFor()
    expect(problems).toEqual([])
  })

  test('gets a page as Markdown', async () => {
    await page.goto(`${site.url}/retries`)
    const address = await page.getByRole('link', { name: 'This page as Markdown' }).getAttribute('href')
    const response = await fetch(new URL(address ?? '', site.url))
    expect(response.headers.get('content-type')).toMatch('text/markdown')
    expect(await response.text()).toMatch(/^# Retries\n/)
  })
})
