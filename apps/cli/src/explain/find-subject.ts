import { closestProvider, type ProviderId, providerIds, providerNames, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

/** What to explain: a provider's rules, input for a provider, or input whose provider is unknown. */
export interface Subject {
  provider: ProviderId | undefined
  /** A token or header, `-`, or `@file`; without it the rules are listed. */
  ruleInput: string | undefined
}

/** Decides which argument is the provider and which is the input; the provider is optional. */
export function findSubject(first: string | undefined, second: string | undefined): Subject {
  if (first === undefined)
    throw new UsageError(
      `Name a provider, or pass the input: a token, - for stdin or @file. Providers: ${providerNames()}.`,
    )
  if (first.trim() === '')
    throw new UsageError(
      'The input is empty.',
      'Pass a token, - for stdin or @file; a variable in the argument may not be set.',
    )
  const isProvider = providerIds().some((id) => id === first)
  if (second === undefined && !isProvider && looksLikeRuleInput(first))
    return { provider: undefined, ruleInput: first }
  if (second === undefined && !isProvider && closestProvider(first) === undefined)
    throw new UsageError(
      `\`${first}\` is neither a provider (${providerIds().join(', ')}) nor a token, a header, a request or a curl command.`,
    )
  return { provider: toProviderId(first), ruleInput: second }
}

/** A mistyped provider is one short word; a token has dots or is long, and a header has spaces. */
function looksLikeRuleInput(word: string): boolean {
  return word === '-' || word.startsWith('@') || /[.\s]/.test(word) || word.length > 24
}
