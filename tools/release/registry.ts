import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const here = import.meta.dirname

/** A registry on loopback. What others published comes through it from the registry that this computer uses. */
export interface Registry {
  url: string
  /** Variables that make npm, pnpm, Yarn and Bun use this registry, with caches below the given folder only. */
  environment: Readonly<Record<string, string>>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts an empty registry whose files are in `folder`. Anybody on this computer may publish to it. */
export async function startRegistry(folder: string, upstream: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const everybody = { access: '$all', publish: '$all', unpublish: '$all' }
  const configuration = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: { upstream: { url: upstream, cache: true, maxage: '1h' } },
    packages: { '@countersign/*': everybody, '**': { access: '$all', proxy: 'upstream' } },
    log: { type: 'stdout', format: 'json', level: 'warn' },
    web: { enable: false },
  }
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify(configuration))
  const program = join(here, 'node_modules/verdaccio/bin/verdaccio')
  const child = spawn(process.execPath, [program, '--config', file, '--listen', `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(join(folder, 'registry.log'))
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await answering(`${url}-/ping`, () => child.exitCode)
  const settings = join(folder, 'npmrc')
  // npm sends nothing without a token; this registry reads none.
  writeFileSync(settings, `registry=${url}\n//127.0.0.1:${port}/:_authToken=none\nfund=false\naudit=false\n`)
  return {
    url,
    environment: {
      npm_config_userconfig: settings,
      NPM_CONFIG_USERCONFIG: settings,
      npm_config_registry: url,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_update_notifier: 'false',
      YARN_CACHE_FOLDER: join(folder, 'yarn-cache'),
      YARN_REGISTRY: url,
      YARN_NPM_REGISTRY_SERVER: url,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      // Yarn 4 installs nothing that is younger than a day, unless it is told to.
      YARN_NPM_MINIMAL_AGE_GATE: '0',
      YARN_ENABLE_TELEMETRY: '0',
      YARN_NODE_LINKER: 'node-modules',
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      // Yarn 4 copies from here even so, and a release that was tried before left the same versions there.
      YARN_GLOBAL_FOLDER: join(folder, 'yarn-global'),
      BUN_CONFIG_REGISTRY: url,
      BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache'),
      PNPM_HOME: join(folder, 'pnpm'),
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      log.end()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port is free.')
  return address.port
}

async function answering(url: string, exitCode: () => number | null): Promise<void> {
  for (;;) {
    if (exitCode() !== null) throw new Error('The registry ended; see registry.log.')
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await wait(100)
  }
}
