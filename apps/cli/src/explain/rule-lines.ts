import type { Provider } from '@countersign/core'
import { factsOf, type RuleFact, showValue } from '@countersign/core/explain'
import { explain, type RuleInput } from '@countersign/core/provider'
import { toHumanTime } from '../human-time.ts'
import type { Output } from '../output.ts'
import { toVerdictLines } from '../verdict-lines.ts'

/** The rules that concern the evidence, each with the values that it looks at and, for times, what they mean. */
export function toRuleLines(
  { rules }: Provider,
  ruleInput: RuleInput,
  output: Pick<Output, 'paint'>,
): string[] {
  const concerned = rules.filter(
    ({ endpoint }) => ruleInput.endpoint === undefined || ruleInput.endpoint === endpoint,
  )
  return explain(concerned, ruleInput).map((verdict) => {
    const [line = '', ...more] = toVerdictLines([verdict], output)
    const facts = factsOf(verdict.id, ruleInput).map((fact) => factText(fact, ruleInput.now))
    if (facts.length === 0) return [line, ...more].join('\n')
    const text = output.paint('dim', facts.join(', '))
    return verdict.kept === false ? [line, ...more, `    ${text}`].join('\n') : `${line}  ${text}`
  })
}

const leastMilliseconds = 100_000_000_000

function factText({ name, value }: RuleFact, now: number): string {
  const isTime =
    ['iat', 'exp', 'nbf'].includes(name) && typeof value === 'number' && value < leastMilliseconds
  if (isTime) return `${name} ${toHumanTime(value * 1000, now)}`
  return `${name} ${showValue(value)}${name === 'exp - iat' ? ' s' : ''}`
}
