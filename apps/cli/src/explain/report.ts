import { factsOf, type RuleFact, showValue } from '@countersign/core/explain'
import {
  escapeHiddenCharacters,
  type FoundMistake,
  isViolation,
  type RuleInput,
  type Verdict,
} from '@countersign/core/provider'
import { toHumanTime } from '../human-time.ts'
import type { Output } from '../output.ts'
import { toVerdictLines } from '../rules.ts'
import type { Answer } from './gather.ts'

/** The decoded token, one member a line; nothing when there is no JWT. */
export function toTokenLines({ jwt, now }: RuleInput, { paint }: Pick<Output, 'paint'>): string[] {
  if (jwt === undefined) return []
  const line = ([name, value]: [string, unknown]) => {
    const [, time] = /^\S+ (\d{4}-.*)$/.exec(factText({ name, value }, now)) ?? []
    return `  ${showValue(name).slice(1, -1)}: ${showValue(value)}${time === undefined ? '' : paint('dim', `  ${time}`)}`
  }
  return [
    paint('bold', 'header'),
    ...Object.entries(jwt.header).map(line),
    paint('bold', 'claims'),
    ...Object.entries(jwt.claims).map(line),
    '',
  ]
}

/** What the provider answered, in one line, and what its error means. */
export function toAnswerLines({ response }: Answer): string[] {
  const { status, reason, error, time } = response
  const said = [error?.code, error?.description === '' ? undefined : error?.description]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')
  const what = status === undefined ? 'an error' : `${status}${reason === '' ? '' : ` ${reason}`}`
  const clock = time === undefined ? [] : [`Times are judged by the provider's clock: ${toIsoTime(time)}.`]
  return [
    `The provider answered with ${what}${said === '' ? '' : `: ${said.replace(/\.$/, '')}`}.`,
    ...(error?.meaning === undefined ? [] : [error.meaning]),
    ...(response.isAlone ? [] : clock),
  ].map((line) => escapeHiddenCharacters(line))
}

function toIsoTime(time: number): string {
  return new Date(time).toISOString().replace('.000', '')
}

/** Mistakes for people: what happened, what fixes it, and the page that says so. */
export function toMistakeLines(
  mistakes: readonly FoundMistake[],
  { paint }: Pick<Output, 'paint'>,
): string[] {
  return mistakes.flatMap(({ id, sentence, fix, source }) => [
    `${paint('yellow', '!')} ${sentence} ${paint('dim', id)}`,
    `    ${fix}`,
    `    ${source}`,
  ])
}

/**
 * The rules of the endpoint that the request went to: required ones that are broken first, then advised ones, then
 * those that are kept, each with the values that it concerns. Those that were not judged are named on one line.
 */
export function toRuleLines(
  all: readonly Verdict[],
  ruleInput: RuleInput,
  output: Pick<Output, 'paint'>,
): string[] {
  const verdicts = all.filter(
    ({ endpoint, kept }) =>
      kept === false || ruleInput.endpoint === undefined || ruleInput.endpoint === endpoint,
  )
  const line = (verdict: Verdict) => {
    const [text = ''] = toVerdictLines([verdict], output)
    // What was found is in the text of a broken rule.
    const facts =
      verdict.kept === true ? factsOf(verdict, ruleInput).map((fact) => factText(fact, ruleInput.now)) : []
    return facts.length === 0 ? text : `${text}  ${output.paint('dim', facts.join(', '))}`
  }
  const open = verdicts.filter(({ kept }) => kept === null).map(({ id }) => id)
  return [
    ...verdicts.filter(isViolation).map(line),
    ...verdicts.filter((verdict) => verdict.kept === false && !isViolation(verdict)).map(line),
    ...verdicts.filter(({ kept }) => kept === true).map(line),
    ...(open.length === 0 ? [] : [`· Not checked (not visible in the input): ${open.join(', ')}`]),
  ]
}

const leastMilliseconds = 100_000_000_000

function factText({ name, value }: RuleFact, now: number): string {
  const isTime =
    ['iat', 'exp', 'nbf'].includes(name) && typeof value === 'number' && value < leastMilliseconds
  const unit = name === 'exp - iat' ? ' s' : ''
  return `${name} ${isTime ? toHumanTime(value * 1000, now) : showValue(value)}${unit}`
}
