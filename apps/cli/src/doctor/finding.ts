import { CountersignError } from '@countersign/core'
import {
  escapeHiddenCharacters,
  isViolation,
  redact,
  toFinding,
  type Verdict,
} from '@countersign/core/provider'
import { exitCodes, toExitCode } from '../exit-code.ts'
import { inCommandWords } from '../in-command-words.ts'
import type { Output } from '../output.ts'
import { UsageError } from '../usage-error.ts'

/** One thing that was looked at, as `--json` shows it. */
export interface Finding {
  /** Stable: what was looked at. */
  id: string
  /** The provider that it is about; `null` when it concerns all. */
  provider: string | null
  level: 'ok' | 'warn' | 'fail'
  sentence: string
  /** The command, or the step, that fixes it; `null` where there is nothing to fix. */
  fix: string | null
}

/** A finding and, for a failure, the exit code of its kind. */
export interface Judgement extends Finding {
  exitCode?: number
}

type About = Pick<Finding, 'id' | 'provider'>

/** Nothing to fix. */
export function ok(about: About, sentence: string): Judgement {
  return { ...about, level: 'ok', sentence, fix: null }
}

/** Works, but should be fixed. */
export function warn(about: About, sentence: string, fix: string): Judgement {
  return { ...about, level: 'warn', sentence, fix }
}

/** Does not work until it is fixed. */
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

/** How each level is marked. */
export const signs = { ok: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'] } as const

/** All findings: as one value, or by provider, each with how to fix it. */
export function printFindings(judged: readonly Judgement[], output: Output): void {
  const findings = judged.map(toPrinted)
  if (output.json) output.value({ findings })
  else printText(findings, output)
}

function printText(findings: readonly Finding[], output: Output): void {
  const providers = [...new Set(findings.map(({ provider }) => provider))]
  for (const [index, provider] of providers.entries()) {
    if (index > 0) output.result('')
    output.result(output.paint('bold', provider ?? 'this computer'))
    for (const { level, sentence, fix } of findings.filter((finding) => finding.provider === provider)) {
      const [colour, sign] = signs[level]
      output.prose(`${output.paint(colour, sign)} ${escapeHiddenCharacters(sentence)}`)
      if (fix === null) continue
      const line = `    ${escapeHiddenCharacters(fix)}`
      // A command can be copied only from a line that is whole.
      if (/^[a-z]/.test(fix)) output.result(line)
      else output.prose(line)
    }
  }
}

/** A finding as it is shown: without what a secret may have got into. */
export function toPrinted({ id, provider, level, sentence, fix }: Judgement): Finding {
  return { id, provider, level, sentence: redact(sentence), fix: fix === null ? null : redact(fix) }
}

/** What the provider's rules say of the requests that would be sent. */
export function judgeDryRun(provider: string, verdicts: readonly Verdict[]): Judgement {
  const about = { id: 'dry-run', provider }
  const broken = verdicts.filter(isViolation)
  const kept = verdicts.filter((verdict) => verdict.kept === true).length
  const [first] = broken
  if (first === undefined) {
    const open = verdicts.length - kept
    const rest = open === 0 ? '' : `; ${open} can only be checked by the provider`
    return ok(about, `Dry run: ${kept} rules passed, none failed${rest}.`)
  }
  const words = broken.map((verdict) => `${toFinding(verdict)} (${verdict.id})`).join(' ')
  return fail(
    about,
    `Dry run: The request would break a rule. ${words}`,
    `Read ${first.source}`,
    exitCodes.verification,
  )
}
