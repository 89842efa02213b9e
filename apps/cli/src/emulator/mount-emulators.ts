import type { Emulator } from '@countersign/core/emulator'
import type { Endpoint } from '@countersign/core/provider'
import { loadEmulator, loadProvider, type ProviderId } from '../providers.ts'

/** One emulator and where it stands. */
export interface Mount {
  id: ProviderId
  emulator: Emulator<object>
  /** The path of its base URL: `/<provider>` and the path of the documented one. */
  path: string
  /** What the provider has at another origin, by the name under which people are shown it. */
  elsewhere: Readonly<Record<string, string>>
  /** The doors that requests of this provider come to. */
  doors: readonly Endpoint[]
}

/** What is mounted. */
export interface MountOptions {
  ids: readonly ProviderId[]
  environment?: 'production' | 'staging' | undefined
  clock?: { now(): number } | undefined
}

/** One port is one origin: what stands at others in reality has a path of its own. */
const elsewhere: Partial<Record<ProviderId, Record<string, string>>> = {
  cdata: { mcpUrl: '/cdata/mcp' },
}

/** Makes the emulators. */
export function mountEmulators({ ids, environment, clock }: MountOptions): Promise<Mount[]> {
  return Promise.all(
    ids.map(async (id) => {
      const [create, { basePath, rules }] = await Promise.all([loadEmulator(id), loadProvider(id)])
      const path = `/${id}${basePath}`
      // Its port is not known yet, and an emulator looks at the path of its base URL only.
      const emulator = create({
        baseUrl: `http://127.0.0.1${path}`,
        ...(clock === undefined ? {} : { clock }),
        ...(id === 'victor' && environment !== undefined ? { environment } : {}),
      })
      const doors = [...new Set(rules.map(({ endpoint }) => endpoint))]
      return { id, emulator, path, elsewhere: elsewhere[id] ?? {}, doors }
    }),
  )
}

/** The emulator that a path belongs to, and the address under which it knows the request. */
export function findMount(mounts: readonly Mount[], url: URL): { mount: Mount; url: URL } | undefined {
  const { pathname } = url
  const mount = mounts.find(({ id }) => isUnder(pathname, `/${id}`))
  if (mount === undefined) return undefined
  const apart = Object.values(mount.elsewhere).some((path) => isUnder(pathname, path))
  if (!apart) return { mount, url }
  const own = new URL(url)
  own.pathname = pathname.slice(mount.id.length + 1)
  return { mount, url: own }
}

function isUnder(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(`${path}/`)
}
