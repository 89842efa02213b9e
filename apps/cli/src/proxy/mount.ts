import type { OpenProvider } from '../open-provider.ts'
import type { Metrics } from './metrics.ts'
import type { MountLimits } from './mount-limits.ts'
import type { MountSpec } from './parse-mounts.ts'
import type { Refusal } from './refusal.ts'

/** A provider that the proxy serves, with everything that is its own: credentials, origins, limits, counts. */
export interface Mount extends MountSpec, MountLimits {
  open: OpenProvider
  metrics: Metrics
  /** Why the provider cannot be used; `undefined` when it can. */
  whyNotReady(): Promise<Refusal | undefined>
}

/** The mount that a path belongs to: the one with the longest prefix. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined
  for (const mount of mounts) {
    const { prefix } = mount
    const fits = path === prefix || path.startsWith(`${prefix}/`)
    if (fits && prefix.length >= (found?.prefix.length ?? 0)) found = mount
  }
  return found
}

/** The target at the provider: what was asked for, without the prefix. */
export function toProviderTarget({ prefix }: Pick<MountSpec, 'prefix'>, target: string): string {
  const rest = target.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
