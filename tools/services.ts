import { existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program of the computer that some tests need. */
export interface Service {
  /** What the run is told when it is missing. */
  title: string
  /** Debian packages that bring it. */
  packages: readonly string[]
  /** Where it can be: names looked up in PATH, or absolute paths. */
  places: readonly string[]
  /** How it is installed, when it is not a Debian package; then it may be left out in CI too. */
  install?: string
  /** What its tests need besides: programs, or, with a slash, paths within this workspace. */
  besides?: readonly string[]
  /** The tests that need it. */
  tests: string
  /** The module whose `setup` is called once before they run: test files run beside each other. */
  setup?: string
}

export type ServiceName =
  | 'authlib'
  | 'chromium'
  | 'go'
  | 'openssl'
  | 'redis'
  | 'shells'
  | 'site'
  | 'softhsm'
  | 'tinyproxy'
  | 'valkey'
  | 'workerd'

/** Where `tools/install-valkey.ts` puts it. */
export const valkeyFolder: string = join(import.meta.dirname, '../node_modules/.cache/valkey')

export const services: Readonly<Record<ServiceName, Service>> = {
  authlib: {
    title: 'python3-authlib',
    packages: ['python3-authlib'],
    places: ['/usr/lib/python3/dist-packages/authlib'],
    besides: ['python3'],
    tests: 'e2e/oauth/*.authlib.test.ts',
  },
  chromium: {
    title: 'chromium',
    packages: ['chromium'],
    places: ['/usr/bin/chromium', 'chromium'],
    tests: 'e2e/browser/**/*.test.ts',
    setup: 'e2e/browser/build-once.ts',
  },
  go: {
    title: 'go',
    packages: [],
    // Large, for one page of the documentation.
    install: 'apt-get install golang-go',
    places: ['go'],
    tests: 'apps/docs/test/*.go.test.ts',
  },
  openssl: {
    title: 'openssl',
    packages: ['openssl', 'openssh-client'],
    places: ['openssl'],
    besides: ['ssh-keygen'],
    tests: '{packages,apps}/*/test/**/*openssl.test.ts',
  },
  redis: {
    title: 'redis-server',
    packages: ['redis-server', 'openssl'],
    places: ['redis-server', 'valkey-server'],
    // For servers with TLS.
    besides: ['openssl'],
    tests: '{packages,apps}/*/test/**/*.redis.test.ts',
  },
  shells: {
    title: 'zsh',
    packages: ['zsh', 'fish'],
    places: ['zsh'],
    besides: ['fish'],
    tests: '{packages,apps}/*/test/**/*.shells.test.ts',
  },
  site: {
    title: 'chromium',
    packages: ['chromium'],
    places: ['/usr/bin/chromium', 'chromium'],
    tests: 'e2e/site/*.test.ts',
    setup: 'e2e/site/build-site.ts',
  },
  softhsm: {
    title: 'softhsm2',
    packages: ['softhsm2', 'opensc', 'g++'],
    places: [
      '/usr/lib/softhsm/libsofthsm2.so',
      '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
      '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
    ],
    besides: ['softhsm2-util', 'pkcs11-tool', 'c++', 'e2e/hsm/node_modules/pkcs11js'],
    tests: 'e2e/hsm/test/**/*.test.ts',
  },
  tinyproxy: {
    title: 'tinyproxy',
    packages: ['tinyproxy-bin', 'openssl'],
    places: ['/usr/bin/tinyproxy', 'tinyproxy'],
    besides: ['openssl'],
    tests: '{packages,apps}/*/test/**/*.tinyproxy.test.ts',
  },
  valkey: {
    title: 'valkey-server',
    packages: [],
    install: 'node tools/install-valkey.ts',
    places: ['valkey-server', join(valkeyFolder, 'valkey-server')],
    // What runs on Redis runs here too: one contract in each run, all of it in a full one.
    tests: `packages/core/test/redis/${process.env['COUNTERSIGN_FULL'] === '1' ? '*' : 'contract'}.redis.test.ts`,
  },
  workerd: {
    title: 'workerd',
    packages: [],
    install: 'pnpm --dir e2e/edge install',
    places: [join(import.meta.dirname, '../e2e/edge/node_modules/miniflare')],
    besides: ['e2e/edge/node_modules/next'],
    tests: 'e2e/edge/test/**/*.test.ts',
  },
}

/** How the project of a service is called in the output of the tests. */
const projectNames: Readonly<Record<ServiceName, string>> = {
  authlib: 'authlib',
  chromium: 'browser',
  go: 'go',
  openssl: 'openssl',
  redis: 'redis',
  shells: 'shells',
  site: 'site',
  softhsm: 'softhsm',
  tinyproxy: 'tinyproxy',
  valkey: 'valkey',
  workerd: 'workerd',
}

/** Where a service is on this computer, or `undefined`. */
export function findService(name: ServiceName, path: string = process.env['PATH'] ?? ''): string | undefined {
  return find(services[name].places, path)
}

function find(places: readonly string[], path: string): string | undefined {
  const candidates = places.flatMap((place) =>
    place.startsWith('/') ? [place] : path.split(delimiter).map((folder) => join(folder, place)),
  )
  return candidates.find((candidate) => existsSync(candidate))
}

const workspace = join(import.meta.dirname, '..')

/** What the tests of a service lack: itself, or what they need besides; `undefined` when nothing. */
function missing(name: ServiceName, path: string = process.env['PATH'] ?? ''): string | undefined {
  const { title, besides = [] } = services[name]
  if (findService(name, path) === undefined) return title
  const isThere = (what: string) =>
    what.includes('/') ? existsSync(join(workspace, what)) : find([what], path) !== undefined
  return besides.find((what) => !isThere(what))
}

/** Where a service is; an error that says what to install when it or what it needs is nowhere. */
export function needService(name: ServiceName): string {
  const found = findService(name)
  const lacking = missing(name)
  if (found !== undefined && lacking === undefined) return found
  const { install = `apt-get install ${services[name].packages.join(' ')}` } = services[name]
  throw new Error(`These tests need ${lacking}. Install it: ${install}`)
}

/** Tests of a service: whether they run, and what is said when they do not. */
export interface ServiceProject {
  name: string
  include: string
  /** The module whose `setup` is called once before they run. */
  setup: string | undefined
  /** They run where the service is, and fail where it is not but nothing may be left out. */
  run: boolean
  /** The line for those who read the output. */
  notRun: string
}

/** The projects that have tests, in the given environment. */
export function serviceProjects(
  root: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServiceProject[] {
  const demanded = environment['CI'] === 'true'
  return (Object.keys(services) as ServiceName[])
    .filter((name) => globSync(services[name].tests, { cwd: root }).length > 0)
    .map((name) => {
      const lacking = missing(name, environment['PATH'])
      return {
        name: projectNames[name],
        include: services[name].tests,
        setup: services[name].setup,
        run: (demanded && services[name].install === undefined) || lacking === undefined,
        notRun: `not run: ${projectNames[name]} (no ${lacking ?? services[name].title} found)`,
      }
    })
}
