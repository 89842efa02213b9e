import { isInSeconds } from '../base/clock.ts'
import type { ConfigErrorCode } from './codes.ts'
import { CountersignError, type ErrorDetails } from './countersign-error.ts'

/**
 * An option or argument is missing, of the wrong kind, or contradicts another.
 *
 * @example
 * ```ts
 * import { ConfigError } from '@countersign/core'
 *
 * function createAcme(options: { accountId: string }): void {
 *   if (options.accountId === '') throw new ConfigError('`accountId` is empty.', { provider: 'acme' })
 * }
 * ```
 */
export class ConfigError extends CountersignError<ConfigErrorCode> {
  override readonly name = 'ConfigError'

  constructor(problem: string, details?: ErrorDetails) {
    super('CONFIG_INVALID', problem, details)
  }
}

/** Words, which a message may repeat as a name; anything else may be a value in the wrong place. */
const optionName = /^[A-Za-z][a-z]*(?:[A-Z][a-z]+|[_-][a-z]+)*$/
const longestName = 24

/** ky options that belong to calls, and that people look for where a client is made. */
export const kyOptionNames: readonly string[] = [
  'hooks',
  'retry',
  'searchParams',
  'throwHttpErrors',
  'timeout',
  'totalTimeout',
]

/**
 * One sentence for each given option that is not known; one whose letters are those of a known name says so, and
 * one that is an option `ofCalls`.
 */
export function describeUnknown(
  given: object,
  known: readonly string[],
  ofCalls: readonly string[] = [],
): string[] {
  return Object.entries(given)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => {
      const meant = known.find((other) => toLetters(other) === toLetters(name))
      if (meant !== undefined) return `Unknown option \`${name}\`: it is spelt \`${meant}\`.`
      if (ofCalls.includes(name))
        return `Unknown option \`${name}\`: it is a ky option of each call of \`api\`, as in \`api.get(path, { ${name} })\`.`
      return name.length <= longestName && optionName.test(name)
        ? `Unknown option \`${name}\`.`
        : 'Unknown option.'
    })
}

/**
 * Checks that the options are an object, or none at all, and that every given one is known.
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming those that are not, and those that there are.
 */
export function checkOptionNames(given: unknown, known: readonly string[], provider?: string): void {
  if (given === undefined || given === null) return
  const problems =
    typeof given === 'object' ? describeUnknown(given, known) : ['The options are not an object.']
  if (problems.length > 0)
    throw new ConfigError(problems.join(' '), { provider, hint: `Options: ${known.join(', ')}.` })
}

/** The letters in alphabetical order: the same whatever their case, their order, and what separates them. */
function toLetters(name: string): string {
  return Array.from(name.replace(/[^A-Za-z]/g, '').toLowerCase())
    .sort()
    .join('')
}

/**
 * The time that a caller's clock returned.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it is not in epoch milliseconds.
 */
export function checkedTime(time: number, provider?: string): number {
  const inSeconds = isInSeconds(time)
  if (Number.isFinite(time) && !inSeconds) return time
  const returned = inSeconds ? 'seconds' : 'something else'
  throw new ConfigError(`\`clock\` must return epoch milliseconds; it returned ${returned}.`, {
    provider,
    hint: 'Pass a function such as `Date.now`.',
  })
}
