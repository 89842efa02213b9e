/**
 * The first code of the system or of TLS down the chain of causes, of several attempts that of the first;
 * `TIMEOUT`; `NETWORK` for what has none.
 */
export function toNetworkCode(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    if (at.name === 'TimeoutError') return 'TIMEOUT'
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z_\d]+$/.test(code)) return code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'NETWORK'
}
