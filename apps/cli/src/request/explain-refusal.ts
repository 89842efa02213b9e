import type { Provider } from '@countersign/core'
import {
  type Endpoint,
  explain,
  isViolation,
  parseHttpDate,
  type Rule,
  type RuleInput,
  toDurationWords,
  toFinding,
  toleratedSkewMs,
  toRuleInput,
  type Verdict,
} from '@countersign/core/provider'
import { enumerate } from '../enumerate.ts'
import { knownRule } from '../rules.ts'
import type { LastCall } from './last-call.ts'

/** What is known of a refusal. */
export interface Refusal {
  provider: Provider
  /** What the factory was given. */
  options: Readonly<Record<string, unknown>>
  call: LastCall
  /** The endpoint that refused it. */
  endpoint: Endpoint
  /** Our time, epoch milliseconds. */
  now: number
}

/**
 * What the provider's rules suggest about a refusal, line by line, by the very request that was sent: the
 * clock, the rules that it breaks, and those that only the provider can check. Holds nothing secret.
 */
export async function explainRefusal({ provider, options, call, endpoint, now }: Refusal): Promise<string[]> {
  const { request, headers, status } = call
  const aheadMs = clockDifference(headers.get('date'), now)
  const environment = options['environment'] as string | undefined
  const rules = provider.rules.filter((rule) => rule.endpoint === endpoint)
  const ruleInput = await toRuleInput(request, { now: now + aheadMs, endpoint, environment })
  const { jwt } = ruleInput
  const verdicts = explain(rules, ruleInput)
  const broken = verdicts.filter(isViolation)
  const named = knownRule(headers, { rules })
  const lines = [
    ...clockLines(aheadMs, broken.length === 0 && jwt !== undefined),
    // A response of the API is on stdout, and its rule in the line before.
    ...(named === undefined || endpoint === 'api'
      ? []
      : [`Refused by the rule ${named.id}: ${findingOf(named, ruleInput)}`]),
    ...broken
      .filter(({ id }) => id !== named?.id)
      .map((verdict) => `Breaks ${verdict.id}: ${toFinding(verdict)} ${verdict.source}`),
  ]
  // 403: who asks is known, and may not.
  if (broken.length > 0 || status === 403) return lines
  const decidedBy = (knowledge: Partial<RuleInput>) =>
    judgedByProvider(rules, { ...ruleInput, ...knowledge }, verdicts)
  const registered = decidedBy(jwt === undefined ? { known: false } : { known: false, signature: false })
  const lived = decidedBy(jwt === undefined ? { issued: 'unknown' } : { replayed: true })
  if (named === undefined) lines.push(...toList([...registered, ...lived]))
  if (registered.some(({ id }) => named === undefined || id === named.id))
    lines.push(...identityLines(provider, options, environment))
  return lines
}

/** What the emulator found, and what must hold. */
function findingOf(rule: Rule, ruleInput: RuleInput): string {
  const isKept = rule.check(ruleInput)
  if (isKept === true) return rule.requirement
  // What cannot be judged here is what only the provider knows, and it says that the rule is broken.
  const known = isKept === false ? {} : ({ known: false, signature: false, replayed: true } as const)
  return toFinding({ ...rule, failure: rule.failure({ ...ruleInput, ...known }) })
}

/** How far the server's clock is ahead of ours, milliseconds; its `Date` counts whole seconds. */
function clockDifference(date: string | null, now: number): number {
  const theirs = parseHttpDate(date)
  const aheadMs = theirs > now ? theirs - now : Math.min(0, theirs + 999 - now)
  return Math.abs(aheadMs) > toleratedSkewMs ? aheadMs : 0
}

function clockLines(aheadMs: number, followed: boolean): string[] {
  if (aheadMs === 0) return []
  const distance = toDurationWords(Math.round(aheadMs / 1000))
  const note = followed ? " The token follows the server's time, so the clock alone is not the reason." : ''
  return [
    `The clock of this computer is ${distance} ${aheadMs > 0 ? 'behind' : 'ahead of'} the server's.${note}`,
  ]
}

/** Rules that stay open here, and that something which only the provider knows would break. */
function judgedByProvider(
  rules: Provider['rules'],
  ruleInput: RuleInput,
  verdicts: readonly Verdict[],
): Verdict[] {
  const informed = explain(rules, ruleInput)
  return verdicts.filter(({ kept }, index) => kept === null && informed[index]?.kept === false)
}

function toList(open: readonly Verdict[]): string[] {
  if (open.length === 0) return []
  return [
    'Every rule that can be checked here passed. Only the provider can check:',
    ...open.map(({ id, requirement }) => `· ${requirement} ${id}`),
  ]
}

/** A title within a sentence: abbreviations keep their capitals. */
function inSentence(title = ''): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title
}

/** Who asked, where and with which key: what has to fit together at the provider. */
function identityLines(
  { id, credentialSets, fields, baseUrls }: Provider,
  options: Readonly<Record<string, unknown>>,
  environment: string | undefined,
): string[] {
  const given = credentialSets
    .flat()
    .filter((name) => fields[name]?.kind === 'text' && typeof options[name] === 'string')
    .map((name) => `the ${inSentence(fields[name]?.title)} ${String(options[name])}`)
  const withKey = options['privateKey'] !== undefined
  const others = Object.keys(baseUrls).filter((name) => name !== environment)
  const lines: string[] = []
  if (given.length > 0 && withKey)
    lines.push(
      `Check that ${given.join(', ')} and this key are registered together. \`countersign doctor ${id}\` shows the key's thumbprint.`,
    )
  else if (given.length > 0)
    lines.push(`Check that the provider has registered ${given.join(', ')} and its credentials.`)
  if (environment !== undefined && others.length > 0)
    lines.push(
      `The environment was ${environment}: are the credentials those of ${environment}, not of ${enumerate(others, 'or')}?`,
    )
  return lines
}
