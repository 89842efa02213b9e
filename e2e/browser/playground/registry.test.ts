import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { providers } from '@countersign/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  buildPageWith,
  scriptBytes,
  withEntry,
  withoutEntry,
} from '../../../apps/playground/test/build-page.ts'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { openPlayground } from './page-object.ts'

const acme = {
  module: fileURLToPath(new URL('../../../tools/test/fixtures/acme-provider.ts', import.meta.url)),
  name: 'acmeEntry',
}
const folder = mkdtempSync(join(tmpdir(), 'playground-'))
let browser: OpenBrowser

beforeAll(async () => {
  browser = await openBrowser()
}, 180_000)

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

test('a provider that is only added to the registry has a form, is sent, broken and explained', async () => {
  const built = join(folder, 'acme')
  await buildPageWith(built, (registry) => withEntry(registry, acme))
  const url = pathToFileURL(join(built, 'index.html')).href
  const { page, choose, toggle, send, faults, requests } = await openPlayground(browser.context, url)
  await choose('Acme')
  expect(await page.getByLabel('Tenant').inputValue()).toBe('acme-tenant-1')
  expect(await page.getByLabel('Passphrase', { exact: true }).inputValue()).toBe('acme-passphrase-number-1')
  expect(await send()).toMatchObject({ word: 'accepted', broken: [], statuses: ['200', '200'] })

  await toggle('Wrong key')
  await page.locator('[data-rule="acme.tenant"][data-state=broken]').waitFor()
  expect(await send()).toMatchObject({
    word: 'refused',
    text: expect.stringContaining('The tenant was unknown.'),
    broken: ['acme.tenant'],
  })

  await page.getByRole('button', { name: 'Explain this request' }).click()
  await page.getByTestId('guess').getByText('Acme', { exact: true }).waitFor()
  await page.locator('.explain [data-rule="acme.tenant"]').waitFor({ state: 'attached' })
  expect({ faults, requests }).toEqual({ faults: [], requests: [] })
  await page.close()
})

test.each(providers.map(({ id }) => id))('the entry of %s adds at most 15 kB to the script', async (id) => {
  const [whole, without] = [join(folder, 'whole'), join(folder, `without-${id}`)]
  await buildPageWith(whole, (registry) => registry)
  await buildPageWith(without, (registry) => withoutEntry(registry, id))
  const added = scriptBytes(whole) - scriptBytes(without)
  expect(added).toBeGreaterThan(0)
  expect(added).toBeLessThanOrEqual(15_000)
})
