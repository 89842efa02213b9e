import type { Io } from '../io.ts'
import type { GlobalOptions, Output } from '../output.ts'
import type { Destination } from './destination.ts'
import type { CallKeeper } from './last-call.ts'

/** How a request is sent and its answer shown. */
export interface SendOptions {
  include: boolean
  retries: number
  /** Whether a request may be sent twice that could take effect twice. */
  retryUnsafe: boolean
  /** How long all of it may take. Default: no more than 40 s in which nothing comes. */
  timeoutMs: number | undefined
  destination: Destination
  /** The file that the answer goes into. */
  file: string | undefined
  calls: CallKeeper
  globals: GlobalOptions
  output: Output
  io: Io
}
