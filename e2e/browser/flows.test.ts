import { createHash } from 'node:crypto'
import { flowsOf, loadProviders } from '@countersign/providers'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Flows from './flows.ts'
import { type OpenBrowser, openBrowser } from './open-browser.ts'
import { type ServedPage, servePage } from './serve-page.ts'

declare const flows: typeof Flows

let served: ServedPage
let browser: OpenBrowser
let page: Page
const faults: string[] = []

beforeAll(async () => {
  served = await servePage()
  browser = await openBrowser()
  page = await browser.context.newPage()
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => faults.push(message.text()))
  await page.goto(served.url)
  await page.waitForFunction('typeof flows === "object"')
})

afterAll(async () => {
  await browser?.close()
  served?.close()
})

describe('in a browser', () => {
  test('every provider works against its emulator, with keys that the page made', async () => {
    const expected = (await loadProviders()).flatMap(flowsOf).map(({ name }) => name)
    const outcomes = await page.evaluate(() => flows.runFlows())
    expect(Object.keys(outcomes)).toEqual(expected)
    for (const [name, outcome] of Object.entries(outcomes))
      expect(outcome, name).toMatchObject({ status: 200, answer: expect.any(Object) })
  })

  test('a form and JSON are signed as they are sent', async () => {
    expect(await page.evaluate(() => flows.signBodies())).toEqual([200, 200])
  })

  test('a key that cannot be exported signs', async () => {
    const outcome = await page.evaluate(() => flows.signWithPageKey())
    expect(outcome).toEqual({ extractable: false, exported: 'InvalidAccessError', subject: 'page' })
  })

  test('the wrong key is refused with the rule named', async () => {
    const { status, rule } = await page.evaluate(() => flows.refuse())
    expect(status).toBe(401)
    expect(rule).toMatch(/^utgl\.signature; https:/)
  })

  test('the target and body that the browser sends are those that were signed', async () => {
    const target = '/v1/ping?name=%20a&name=b*&umlaut=%C3%BC'
    expect(await page.evaluate((path) => flows.sendHome(path), target)).toBe(200)
    const arrival = served.arrivals.find(({ method }) => method === 'POST')
    const claims = JSON.parse(String(Buffer.from(arrival?.authorization.split('.')[1] ?? '', 'base64url')))
    expect(arrival).toMatchObject({ target })
    expect(claims).toMatchObject({
      method: 'POST',
      uri: target,
      body: createHash('sha256')
        .update(arrival?.body ?? '')
        .digest('hex'),
    })
    expect(arrival?.body.subarray(-2)).toEqual(Buffer.from([0, 255]))
  })

  test('the page wrote nothing to its console', () => {
    expect(faults).toEqual([])
  })
})
