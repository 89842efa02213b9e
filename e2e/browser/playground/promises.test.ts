import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { keyThumbprint } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { pageFolder, pageUrl } from './built-page.ts'
import { openPlayground } from './page-object.ts'

let browser: OpenBrowser
let url: string

beforeAll(async () => {
  url = pageUrl
  browser = await openBrowser({ permissions: ['clipboard-read', 'clipboard-write'] })
}, 180_000)

afterAll(async () => browser?.close())

describe('what the playground promises', () => {
  test('it cannot connect, loads nothing from elsewhere, and says so', async () => {
    const html = readFileSync(join(pageFolder, 'index.html'), 'utf8')
    expect(html).toContain("default-src 'none'")
    expect(html).toContain("connect-src 'none'")
    expect(html).not.toMatch(/unsafe|https?:/)
    const { page } = await openPlayground(browser.context, url)
    const refused = await page.evaluate(() =>
      fetch('http://127.0.0.1:9/').then(
        () => 'connected',
        () => 'refused',
      ),
    )
    expect(refused).toBe('refused')
    await page.close()
  })

  test('it requests nothing after loading, and works offline', async () => {
    const { page, requests, faults, send, choose } = await openPlayground(browser.context, url)
    await browser.context.setOffline(true)
    try {
      await choose('UTGL Issuing')
      expect(await send()).toMatchObject({ word: 'accepted' })
      expect({ requests, faults }).toEqual({ requests: [], faults: [] })
    } finally {
      await browser.context.setOffline(false)
    }
    await page.close()
  })

  test('it stores nothing', async () => {
    const { page, send } = await openPlayground(browser.context, url)
    await send()
    const stored = await page.evaluate(async () => ({
      local: localStorage.length,
      session: sessionStorage.length,
      cookies: document.cookie,
      databases: (await indexedDB.databases()).length,
    }))
    expect(stored).toEqual({ local: 0, session: 0, cookies: '', databases: 0 })
    await page.close()
  })

  test('every private key in it is not extractable', async () => {
    const page = await browser.context.newPage()
    await page.addInitScript(() => {
      const kept: boolean[] = []
      Object.assign(globalThis, { kept })
      const { generateKey, importKey } = SubtleCrypto.prototype
      SubtleCrypto.prototype.generateKey = async function (this: SubtleCrypto, ...given: unknown[]) {
        const pair = (await Reflect.apply(generateKey, this, given)) as CryptoKeyPair
        kept.push(pair.privateKey.extractable)
        return pair
      } as typeof generateKey
      SubtleCrypto.prototype.importKey = async function (this: SubtleCrypto, ...given: unknown[]) {
        const key = (await Reflect.apply(importKey, this, given)) as CryptoKey
        if (key.type === 'private') kept.push(key.extractable)
        return key
      } as typeof importKey
    })
    await page.goto(url)
    await page.getByTestId('token').waitFor()
    await page.getByText('Change the key').click()
    await page.getByLabel('Private key: PEM').fill(fixedKeys.rsa2048.privateKey)
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByText('imported by you').waitFor()
    const extractable = (await page.evaluate('kept')) as boolean[]
    expect(extractable.length).toBeGreaterThanOrEqual(2)
    expect(extractable).not.toContain(true)
    await page.close()
  })

  test('the first key is begun before the page is rendered, and is the one that it signs with', async () => {
    const page = await browser.context.newPage()
    await page.addInitScript(() => {
      const begun: [isRendered: boolean, key: Promise<string>][] = []
      Object.assign(globalThis, { begun })
      const { generateKey } = SubtleCrypto.prototype
      SubtleCrypto.prototype.generateKey = function (this: SubtleCrypto, ...given: unknown[]) {
        const pair = Reflect.apply(generateKey, this, given) as Promise<CryptoKeyPair>
        const modulus = pair
          .then(({ publicKey }) => crypto.subtle.exportKey('jwk', publicKey))
          .then(({ n }) => n ?? '')
        begun.push([document.querySelector('[data-testid=send]') !== null, modulus])
        return pair
      } as typeof generateKey
    })
    await page.goto(url)
    await page.getByTestId('token').waitFor()
    const [isRendered, n] = (await page.evaluate('Promise.all(begun[0])')) as [boolean, string]
    expect(isRendered).toBe(false)
    const thumbprint = await page.getByTestId('key-facts').getAttribute('data-thumbprint')
    expect(thumbprint).toBe(await keyThumbprint({ kty: 'RSA', n, e: 'AQAB' }))
    await page.close()
  })

  test('a share link contains the form, and no key, secret or token', async () => {
    const { page, choose, send, openShare } = await openPlayground(browser.context, url)
    await choose('Victor')
    await page.getByRole('radio', { name: 'Client id and Client secret' }).click()
    await page.getByRole('textbox', { name: 'Client id' }).fill('my-client')
    await page.getByRole('textbox', { name: 'Client secret' }).fill('not-to-be-shared')
    await page.getByLabel('Path and query').fill('v2/webhooks?limit=3')
    await send()
    await openShare()
    await page.getByRole('button', { name: 'a link to this request' }).click()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    const fragment = new URLSearchParams(new URL(link).hash.slice(1))
    expect(Object.fromEntries(fragment)).toMatchObject({
      p: 'victor',
      u: 'v2/webhooks?limit=3',
      'o.clientId': 'my-client',
    })
    expect(decodeURIComponent(link)).not.toMatch(/secret|BEGIN|eyJ|privateKey/)
    await page.close()
    const again = await openPlayground(browser.context, link)
    expect(await again.page.getByLabel('Path and query').inputValue()).toBe('v2/webhooks?limit=3')
    expect(await again.page.getByRole('textbox', { name: 'Client id' }).inputValue()).toBe('my-client')
    await again.page.close()
  })

  test('its script is under 150 kB, gzipped', () => {
    const assets = join(pageFolder, 'assets')
    const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'))
    const bytes = scripts.map((name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length)
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(150_000)
  })
})
