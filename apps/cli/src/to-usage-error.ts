import type { CommanderError } from 'commander'
import { providerNames } from './providers.ts'
import { UsageError } from './usage-error.ts'

/** What commander says about a command line, in our form and without the values that were typed. */
export function toUsageError({ code, message }: CommanderError): UsageError {
  const [problem = '', ...hints] = message.replace(/^error: /, '').split('\n')
  const clean = problem.replace(/'(--?[^'=\s]+)=[\s\S]*'/, "'$1'").replace(/( but got \d+):.*$/s, '$1')
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/, '$1')).join(' ')
  const named = code === 'commander.missingArgument' && /'provider'/.test(problem)
  return new UsageError(
    [`${clean.replace(/\.$/, '')}.`, hint, named ? `Providers: ${providerNames}.` : '']
      .filter(Boolean)
      .join(' '),
  )
}
