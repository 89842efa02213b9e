/** How a reload ended. */
export type Reload =
  /** What was read is in use from now on. */
  | { outcome: 'replaced' }
  /** What was read is what is in use. */
  | { outcome: 'unchanged' }
  /** What was read cannot be used; what was in use stays. */
  | { outcome: 'kept'; error: unknown }

/** What comes from files and can be read again while requests are served. */
export interface Rereadable {
  /** The files that were read. */
  files(): readonly string[]
  /** Reads everything again; with `onlyChanged` it may look first whether a file has changed since. */
  reload(options: { onlyChanged: boolean }): Promise<Reload>
}
