import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Provider } from '@countersign/core'
import type { Emulator } from '@countersign/core/emulator'
import { fixedKeys } from '@countersign/fixtures'
import { serveEmulator } from '@countersign/testing'
import { loadEmulator, loadProviders } from '../../src/providers.ts'
import { fixChance } from './fixed-chance.ts'
import type { Ports } from './mask.ts'
import type { Place } from './shell.ts'

/** A home with the command in its PATH, and emulators at the providers' addresses. */
export interface Scenario extends Place, AsyncDisposable {
  /** The part of file paths before `/home/you`. */
  folder: string
  ports: Ports
  /** Writes a file; `~` is the home. */
  write(path: string, content: string): Promise<void>
}

const now = Date.parse('2026-11-21T09:00:00Z')
const program = fileURLToPath(new URL('countersign.ts', import.meta.url))

/** Opens a scenario in which a README's commands always print the same. */
export async function openScenario(): Promise<Scenario> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'countersign-readme-')))
  const home = join(folder, 'home/you')
  const write = async (path: string, content: string) => {
    const file = join(home, path.replace(/^~\//, ''))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content, { mode: 0o600 })
  }
  const shim = `#!/bin/sh\nexec '${process.execPath}' --conditions=@countersign/source '${program}' "$@"\n`
  await write('../../bin/countersign', shim)
  await chmod(join(folder, 'bin/countersign'), 0o755)
  const providers = await loadProviders()
  for (const provider of providers)
    if (signs(provider)) await write(`keys/${provider.id}.pem`, keyOf(provider).privateKey)
  const ports = { 4400: await freePort(), 4480: await freePort(), 4500: await freePort() }
  const emulators = await serveProviders(providers)
  return {
    folder,
    ports,
    write,
    cwd: home,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      LC_ALL: 'C.UTF-8',
      README_NOW: String(now),
      README_PROVIDERS: emulators.url,
      README_PORTS: JSON.stringify(ports),
    },
    async [Symbol.asyncDispose]() {
      await emulators.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** All emulators at one address: a header names the address that was meant. */
async function serveProviders(
  providers: readonly Provider[],
): Promise<{ url: string; close(): Promise<void> }> {
  fixChance('providers')
  const emulators = new Map<string, Emulator<object>>()
  // One after the other, so that each gets the same ids every time.
  for (const provider of providers) {
    const emulator = (await loadEmulator(provider.id))({ clock: { now: () => now } })
    await emulator.register(signs(provider) ? keyOf(provider).publicKey : undefined)
    for (const url of Object.values({ ...provider.baseUrls, ...provider.otherUrls }))
      emulators.set(new URL(url).origin, emulator)
  }
  return serveEmulator({
    fetch: async (input) => {
      const request = input as Request
      const url = new URL(request.headers.get('x-readme-url') ?? '')
      const { method, headers } = request
      const body = await request.arrayBuffer()
      const emulator = emulators.get(url.origin)
      if (emulator === undefined) throw new Error(`There is no emulator of ${url.origin}.`)
      return emulator.fetch(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) })
    },
  })
}

const signs = ({ fields }: Provider) => 'privateKey' in fields
const keyOf = ({ keyAdvice }: Provider) => (keyAdvice?.bits === 4096 ? fixedKeys.rsa4096 : fixedKeys.rsa2048)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
