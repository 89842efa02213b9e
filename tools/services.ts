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
  /** The tests that need it. */
  tests: string
}

export type ServiceName = 'chromium' | 'redis' | 'softhsm'

export const services: Readonly<Record<ServiceName, Service>> = {
  chromium: {
    title: 'chromium',
    packages: ['chromium'],
    places: ['/usr/bin/chromium', 'chromium'],
    tests: 'e2e/browser/**/*.test.ts',
  },
  redis: {
    title: 'redis-server',
    packages: ['redis-server'],
    places: ['redis-server', 'valkey-server'],
    tests: '{packages,apps}/*/test/**/*.redis.test.ts',
  },
  softhsm: {
    title: 'softhsm2',
    packages: ['softhsm2', 'opensc'],
    places: [
      '/usr/lib/softhsm/libsofthsm2.so',
      '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
      '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
    ],
    tests: '{packages,apps}/*/test/**/*.softhsm.test.ts',
  },
}

/** How the project of a service is called in the output of the tests. */
const projectNames: Readonly<Record<ServiceName, string>> = {
  chromium: 'browser',
  redis: 'redis',
  softhsm: 'softhsm',
}

/** Where a service is on this computer, or `undefined`. */
export function findService(name: ServiceName, path: string = process.env['PATH'] ?? ''): string | undefined {
  const candidates = services[name].places.flatMap((place) =>
    place.startsWith('/') ? [place] : path.split(delimiter).map((folder) => join(folder, place)),
  )
  return candidates.find((candidate) => existsSync(candidate))
}

/** Where a service is; an error that says what to install when it is nowhere. */
export function needService(name: ServiceName): string {
  const found = findService(name)
  if (found !== undefined) return found
  const { title, packages } = services[name]
  throw new Error(`These tests need ${title}. Install it: apt-get install ${packages.join(' ')}`)
}

/** Tests of a service: whether they run, and what is said when they do not. */
export interface ServiceProject {
  name: string
  include: string
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
    .map((name) => ({
      name: projectNames[name],
      include: services[name].tests,
      run: demanded || findService(name, environment['PATH']) !== undefined,
      notRun: `not run: ${projectNames[name]} (no ${services[name].title} found)`,
    }))
}
