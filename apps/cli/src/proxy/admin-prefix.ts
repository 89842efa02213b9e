/** Under this prefix the proxy answers for itself. */
export const adminPrefix = '/_countersign'

/**
 * What a path asks the proxy about itself; `undefined` when it is a provider's. Without the prefix it is what
 * probes ask everywhere, and no provider has such a path in its documentation.
 */
export function toAdminPath(path: string): string | undefined {
  if (path.startsWith(`${adminPrefix}/`)) return path.slice(adminPrefix.length)
  return /^\/(?:healthz|readyz(?:\/.*)?|metrics)$/.test(path) ? path : undefined
}
