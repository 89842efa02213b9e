import { VerificationError } from '@countersign/core'
import type { Judgement } from '../doctor/finding.ts'
import { findMissing } from '../option-problems.ts'
import { replaceableKey, signerOption } from '../signer/signer-option.ts'
import { UsageError } from '../usage-error.ts'
import { askCredentials, askOptional, type Credentials } from './ask-credentials.ts'
import { askEnvironment } from './ask-environment.ts'
import { checkAnswers } from './check-answers.ts'
import type { Interview } from './prompter.ts'
import { CancelledError } from './prompter.ts'

/** All that a profile will hold, and what is known of it. */
export interface Answers {
  members: Readonly<Record<string, unknown>>
  credentials: Credentials
  /** What the dry run says; absent where ids are to come. */
  judged: Judgement | undefined
}

/**
 * Asks for everything and makes a dry run; where that fails, asks again, with what was answered.
 *
 * @throws {CancelledError} {@link ConfigError} {@link KeyError} {@link VerificationError}
 */
export async function answerAll(interview: Interview): Promise<Answers> {
  const { provider, prompter, file, io } = interview
  const environment = await askEnvironment(interview)
  const emulated = environment['environment'] === 'emulator'
  const credentials = emulated ? noCredentials : await askCredentials(interview)
  const key = credentials.members[signerOption] === undefined ? undefined : replaceableKey(provider)
  const names = [...Object.keys(credentials.members), ...credentials.later, ...credentials.secrets]
  const given = key === undefined ? names : [...names, key]
  const optional = await askOptional(emulated ? { ...interview, prompter: undefined } : interview, given)
  const members = { ...environment, ...credentials.members, ...optional }
  if (!emulated) checkComplete(interview, members, credentials)
  if (credentials.later.length > 0) return { members, credentials, judged: undefined }

  const { judged, error } = await checkAnswers({ provider, members, credentials, file, io })
  if (judged.level !== 'fail') return { members, credentials, judged }
  if (prompter === undefined)
    throw (
      error ??
      new VerificationError('RULE_VIOLATED', judged.sentence, {
        provider: provider.id,
        hint: judged.fix ?? '',
      })
    )
  prompter.say('warn', `${judged.sentence}${judged.fix === null ? '' : `\n${judged.fix}`}`)
  const next = await prompter.choose('The dry run failed. What now?', [
    { value: 'again', label: 'Go through the answers again' },
    { value: 'keep', label: 'Keep them as they are' },
    { value: 'end', label: 'Write nothing' },
  ])
  if (next === 'end') throw new CancelledError()
  if (next === 'keep') return { members, credentials, judged }
  const { made } = credentials
  return answerAll({ ...interview, flags: {}, generateKey: false, suggested: members, made })
}

const noCredentials: Credentials = {
  members: {},
  made: undefined,
  later: [],
  secrets: [],
  passphrase: undefined,
}

/** What is missing can be asked for at a terminal only. */
function checkComplete(
  { provider, prompter }: Interview,
  members: Readonly<Record<string, unknown>>,
  { later, secrets }: Credentials,
): void {
  const [firstSet = []] = provider.credentialSets
  const elsewhere = [...later, ...secrets, ...(members['credentials'] === undefined ? [] : firstSet)]
  const given = { ...Object.fromEntries(elsewhere.map((name) => [name, true])), ...members }
  // A variable is not an answer: the profile must be complete without it.
  const missing = findMissing(provider, given).map((words) => words.replace(/ \(COUNTERSIGN_\w+\)/g, ''))
  if (missing.length === 0 || prompter !== undefined) return
  throw new UsageError(
    `${provider.id}: ${missing.join('; ')}. Without a terminal, or with --yes, nothing is asked: give the flags, or write the file yourself (countersign profiles --help shows how).`,
  )
}
