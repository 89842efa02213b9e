import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { openPlayground } from './page-object.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let browser: OpenBrowser
let command: ChildProcess
let url: string

beforeAll(async () => {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  const turbo = ['run', 'build', '--filter=@countersign/cli', '--output-logs=errors-only']
  execFileSync(join(root, 'node_modules/.bin/turbo'), turbo, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const script = join(root, 'apps/cli/dist/countersign.js')
  command = spawn(process.execPath, [script, 'playground', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (command.stdout === null) throw new Error('no pipe')
  const [line] = (await once(createInterface(command.stdout), 'line')) as [string]
  url = JSON.parse(line).url
  browser = await openBrowser()
}, 180_000)

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
