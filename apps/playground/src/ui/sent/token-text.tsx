const parts = ['header', 'claims', 'signature'] as const

/** A token's three parts, each in its colour. */
export function TokenText({ token, changed = [] }: { token: string; changed?: readonly string[] }) {
  const texts = token.split('.')
  return (
    <p className="token" data-testid="token">
      {parts.map((name, index) => (
        <span key={name}>
          {index > 0 && <span className="dot">.</span>}
          <span className={name} title={name} data-changed={changed.includes(name)}>
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
