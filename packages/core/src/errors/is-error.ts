/**
 * Whether a value is an error, whichever realm made it: under Jest and jsdom the platform throws errors that
 * are not `instanceof` the `Error` of the program.
 */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false
  const { name, message } = value as { name?: unknown; message?: unknown }
  return typeof name === 'string' && typeof message === 'string'
}
