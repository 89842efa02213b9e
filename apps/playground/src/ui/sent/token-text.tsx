import type { RuleInput, Verdict } from '@countersign/core/provider'

const parts = ['header', 'claims', 'signature'] as const

interface TokenTextProps {
  token: string
  /** The parts that were changed, or that hold what a rule refuses. */
  marked?: readonly string[]
}

/** A token's three parts, each in its colour. */
export function TokenText({ token, marked = [] }: TokenTextProps) {
  const texts = token.split('.')
  return (
    <p className="token" data-testid="token">
      {parts.map((name, index) => (
        <span key={name}>
          {index > 0 && <span className="dot">.</span>}
          <span className={name} title={name} data-marked={marked.includes(name)}>
            {texts[index]}
          </span>
        </span>
      ))}
    </p>
  )
}

/** The parts in which two tokens differ. */
export function changedParts(one: string | undefined, other: string): string[] {
  if (one === undefined) return []
  const [before, after] = [one.split('.'), other.split('.')]
  return parts.filter((_name, index) => before[index] !== after[index])
}

/** The parts that hold what the broken rules are about. */
export function brokenParts(rules: readonly Verdict[], { jwt, signature }: RuleInput): string[] {
  const names = rules.filter(({ kept }) => kept === false).flatMap(({ claims }) => claims)
  const isIn = (of: object) => names.some((name) => Object.hasOwn(of, name))
  return [
    ...(jwt !== undefined && isIn(jwt.header) ? ['header'] : []),
    ...(jwt !== undefined && isIn(jwt.claims) ? ['claims'] : []),
    ...(signature === false ? ['signature'] : []),
  ]
}
