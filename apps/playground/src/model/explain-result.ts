import { isViolation, toRelativeTime } from '@countersign/core/provider'
import type { Explanation } from './explain-text.ts'

/** The result of an explanation in a few words. */
export interface ExplainResult {
  /** One sentence. */
  title: string
  /** How long ago the token expired, as a sentence; it changes with the clock. */
  expired: string | undefined
  /** What else is to be said. */
  note: string | undefined
  /** `open` where nothing was judged. */
  state: 'fine' | 'wrong' | 'open'
}

/** Says how an explanation came out. */
export function toExplainResult(explanation: Explanation): ExplainResult {
  const { provider, candidates, rules, mistakes, response, namedRule, ruleInput, judgedAt } = explanation
  if (response?.isAlone === true) {
    const { status, reason, error } = response
    const code = error === undefined || error.code === '' ? '' : `: ${error.code}`
    const answer = status === undefined ? 'an error' : `${status} ${reason}`.trim()
    return {
      title: `The provider answered with ${answer}${code}.`,
      expired: undefined,
      note: 'Paste the request too, to judge it by every rule.',
      state:
        namedRule === undefined && (status === undefined || status < 400) && error === undefined
          ? 'open'
          : 'wrong',
    }
  }
  const exp = ruleInput.jwt?.claims.exp
  const isOver = typeof exp === 'number' && exp * 1000 <= judgedAt
  const expired = isOver ? `The token expired ${toRelativeTime(exp * 1000, judgedAt)}.` : undefined
  const open = { expired: undefined, note: expired, state: 'open' } as const
  if (provider === undefined) {
    if (candidates.length > 0) return { ...open, title: 'Several providers match. Choose one:' }
    const what = ruleInput.jwt === undefined ? 'request to' : 'JWT of'
    return { ...open, title: `This does not look like a ${what} a known provider.` }
  }
  const broken = rules.filter(isViolation).length
  const wrong = { expired, note: undefined, state: 'wrong' } as const
  if (broken > 0) return { ...wrong, title: `${broken} ${broken === 1 ? 'rule is' : 'rules are'} broken.` }
  const real = mistakes.filter(({ severity }) => severity !== 'advised').length
  if (real > 0) return { ...wrong, title: `${real} ${real === 1 ? 'mistake was' : 'mistakes were'} found.` }
  const title = 'Every rule that can be judged from this is met.'
  const note = isUnverified(explanation)
    ? 'The signature was not verified: that needs the registered public key.'
    : undefined
  return { title, expired, note, state: 'fine' }
}

/** Whether a rule is about the signature of the token, and no key was there to judge it. */
function isUnverified({ provider, ruleInput, rules }: Explanation): boolean {
  if (ruleInput.jwt === undefined || ruleInput.signature !== undefined) return false
  return rules.some(({ id, kept }) => {
    const check = kept === null ? provider?.rules.find((rule) => rule.id === id)?.check : undefined
    return check?.({ ...ruleInput, signature: false }) === false
  })
}
