import { CountersignError, type Provider } from '@countersign/core'
import { inCommandWords, toCommandMessage } from '../in-command-words.ts'
import { nameOption, usageProblem } from '../option-problems.ts'
import { checkMember } from '../profiles/members.ts'
import type { Interview } from './prompter.ts'

/** What was typed, as a profile has it. */
export function toMember({ fields }: Provider, name: string, text: string): unknown {
  const kind = Object.hasOwn(fields, name) ? fields[name]?.kind : undefined
  if (kind === 'seconds') return text === '' ? Number.NaN : Number(text)
  return kind === 'list' ? text.split(',').map((part) => part.trim()) : text
}

/** What a profile has, as it is typed. */
export function toAnswer(member: unknown): string | undefined {
  if (member === undefined) return undefined
  return Array.isArray(member) ? member.join(',') : String(member)
}

/** Says what is wrong with an answer, in a sentence. */
export function checkAnswer({ provider }: Interview, name: string, text: string): string | undefined {
  const problem = checkMember(provider, name, toMember(provider, name, text))
  return problem === undefined ? undefined : `${titleOf(provider, name)} ${problem}.`
}

/**
 * What a flag answers, checked.
 *
 * @throws {ConfigError} `CONFIG_INVALID`
 */
export function answerOfFlag({ provider, flags }: Interview, name: string): unknown {
  const { [name]: text } = flags
  if (text === undefined) return undefined
  const member = toMember(provider, name, String(text))
  const problem = checkMember(provider, name, member)
  if (problem !== undefined) throw usageProblem(provider, `${nameOption(provider, name)} ${problem}.`)
  return member
}

/** The label of an option. */
export function titleOf({ fields }: Provider, name: string): string {
  if (name === 'credentials') return 'Credentials file'
  return fields[name]?.title ?? name
}

/** What an error says, for the prompt of its provider. */
export async function toProblem(error: unknown, { id }: Provider): Promise<string> {
  const { code = 'UNEXPECTED' } = error as { code?: string }
  if (!CountersignError.isInstance(error) || error.provider !== id)
    return `${code}: ${await toCommandMessage(error)}`
  const { problem, hint } = await inCommandWords(error)
  return `${code}: ${problem}${hint === undefined ? '' : ` ${hint}`}`
}
