import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { billing, createPackageHome } from '../../../apps/cli/test/install-package.ts'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { openPlayground } from './page-object.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const esbuild = dirname(createRequire(join(root, 'apps/cli/package.json')).resolve('esbuild/package.json'))
let browser: OpenBrowser
let command: ChildProcess
let url: string

beforeAll(async () => {
  ;({ command, url } = await serve())
  browser = await openBrowser()
}, 180_000)

/** Starts the built command. */
async function serve(env: Readonly<Record<string, string>> = {}) {
  const script = join(root, 'apps/cli/dist/countersign.js')
  const child = spawn(process.execPath, [script, 'playground', '--port', '0', '--json'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.stdout === null) throw new Error('no pipe')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { command: child, url: JSON.parse(line).url as string }
}

afterAll(async () => {
  await browser?.close()
  command?.kill()
})

test('countersign playground serves the page from its package and exits with 0', async () => {
  const { page, send, choose, requests, faults } = await openPlayground(browser.context, url)
  await choose('UTGL Issuing')
  expect(await send()).toMatchObject({ word: 'accepted', broken: [] })
  expect({ requests, faults }).toEqual({ requests: [], faults: [] })
  await page.close()
  const ended = once(command, 'exit')
  command.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('countersign playground has the provider of a package in the configuration', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playground-packages-'))
  const home = await createPackageHome({ path: folder })
  await home.install(billing)
  await home.configure(`providers = ["${billing}"]`)
  symlinkSync(esbuild, join(home.folder, 'node_modules/esbuild'))
  const started = await serve(home.env)
  try {
    const { page, send, toggle, choose, requests, faults } = await openPlayground(
      browser.context,
      started.url,
    )
    await choose('Acme Billing')
    expect(await send()).toMatchObject({ word: 'accepted', broken: [] })
    await toggle('Wrong key')
    expect(await send()).toMatchObject({ word: 'refused' })
    expect({ requests, faults }).toEqual({ requests: [], faults: [] })
    await page.close()
  } finally {
    started.command.kill()
    rmSync(folder, { recursive: true })
  }
})
