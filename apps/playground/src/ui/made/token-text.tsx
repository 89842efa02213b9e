const names = ['header', 'claims', 'signature'] as const

/** A token's three parts, each in its colour. */
export function TokenText({ token }: { token: string }) {
  const parts = token.split('.')
  return (
    <p className="token" data-testid="token">
      {names.map((name, index) => (
        <span key={name}>
          {index > 0 && <span className="dot">.</span>}
          <span className={name} title={name}>
            {parts[index]}
          </span>
        </span>
      ))}
    </p>
  )
}
