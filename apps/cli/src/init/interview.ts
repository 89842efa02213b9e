import type { Provider } from '@countersign/core'
import type { Io } from '../io.ts'
import type { NewKey } from '../keys/make-key.ts'
import type { Flags } from '../provider-options.ts'
import type { Prompter } from './prompter.ts'

/** What is asked, of whom, and what is known already. */
export interface Interview {
  provider: Provider
  /** Answers that were given on the command line: their questions are not asked. */
  flags: Flags
  /** Absent where nobody is to be asked. */
  prompter: Prompter | undefined
  /** What the profile of that name holds, or what was answered before. */
  suggested: Readonly<Record<string, unknown>>
  /** Name of the profile. */
  name: string
  /** The file that the profile will stand in. */
  file: string
  /** Whether that is the file of the current folder. */
  local: boolean
  /** Whether a key is made, where nobody is asked. */
  generateKey: boolean
  /** A key that was made for earlier answers, and is not written yet. */
  made?: NewKey | undefined
  io: Io
}
