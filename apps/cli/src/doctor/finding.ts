import { CountersignError } from '@countersign/core'
import { exitCodes, toExitCode } from '../exit-code.ts'
import { inCommandWords } from '../in-command-words.ts'
import { UsageError } from '../usage-error.ts'

/** One thing that was looked at, as `--json` shows it. */
export interface Finding {
  /** Stable: what was looked at. */
  id: string
  /** The provider that it is about; `null` when it concerns all. */
  provider: string | null
  level: 'ok' | 'warn' | 'fail'
  sentence: string
  /** The command, or the step, that mends it; `null` where there is nothing to mend. */
  fix: string | null
}

/** A finding and, for a failure, the exit code of its kind. */
export interface Judgement extends Finding {
  exitCode?: number
}

type About = Pick<Finding, 'id' | 'provider'>

/** Nothing to mend. */
export function ok(about: About, sentence: string): Judgement {
  return { ...about, level: 'ok', sentence, fix: null }
}

/** Works, but should be mended. */
export function warn(about: About, sentence: string, fix: string): Judgement {
  return { ...about, level: 'warn', sentence, fix }
}

/** Does not work until it is mended. */
export function fail(about: About, sentence: string, fix: string, exitCode: number): Judgement {
  return { ...about, level: 'fail', sentence, fix, exitCode }
}

/** A failure of what an error says: its hint is the fix, unless there is a better one. */
export async function failOf(about: About, error: unknown, otherwise: string): Promise<Judgement> {
  if (error instanceof UsageError)
    return fail(about, `${error.code}: ${error.message}`, otherwise, exitCodes.usage)
  if (!CountersignError.isInstance(error)) throw error
  const { code, provider = about.provider ?? undefined } = error
  const { problem, hint } = await inCommandWords({ ...error, provider })
  const fix = hint === undefined || code.startsWith('KEY_') ? otherwise : hint
  return fail(about, `${code}: ${problem}`, fix, toExitCode(code))
}
