import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { needService } from '../../tools/services.ts'

const flags = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
]

/** A browser that knows nothing yet. */
export interface OpenBrowser {
  context: BrowserContext
  close(): Promise<void>
}

/** Starts the computer's Chromium with an empty profile. */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<OpenBrowser> {
  const executablePath = needService('chromium')
  const profile = mkdtempSync(join(tmpdir(), 'browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: flags,
    chromiumSandbox: false,
    headless: true,
    timeout: 0,
    ...options,
  })
  // The limit of a test ends what hangs; nothing depends on how fast the computer is.
  context.setDefaultTimeout(0)
  return {
    context,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
