/** What came of a check: what was compared, or why nothing was. A check that fails throws. */
export type CheckResult = { passed: string } | { notRun: string }

/** One line of docs/conformance.md. */
export interface Check {
  /** What is checked. */
  name: string
  /** What it is held against. */
  against: string
  /** Needs nothing but Node and this workspace, and so runs with the tests. */
  onlyNode: boolean
  run(): Promise<CheckResult>
}

/** Throws unless a comparison holds. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`${what}: does not hold`)
}

/** Whether two byte strings are the same. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other)
}
