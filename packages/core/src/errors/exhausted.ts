const exhausted = Symbol.for('countersign.exhausted')

/** Marks an error whose call was repeated already, so that nobody above repeats it again. */
export function markExhausted<E extends Error>(error: E): E {
  return Object.defineProperty(error, exhausted, { value: true })
}

/** Whether the failing call was repeated already. */
export function isExhausted(error: Error): boolean {
  return (error as { [exhausted]?: unknown })[exhausted] === true
}
