import type { RuleInput } from '@countersign/core/provider'
import { useState } from 'react'
import { helpFor } from '../../model/claim-help.ts'
import { toAbsolute, toRelative } from '../../model/human-time.ts'
import type { JudgedRule } from '../../model/judge.ts'

interface ClaimsProps {
  jwt: NonNullable<RuleInput['jwt']>
  rules: readonly JudgedRule[]
  now: number
}

/** Header and claims, one a line, each explained when it is pointed at or focused. */
export function Claims({ jwt, rules, now }: ClaimsProps) {
  const [pinned, pin] = useState<string>()
  const [pointed, setPointed] = useState<string>()
  const lines = [
    ...Object.entries(jwt.header).map(([name, value]) => ({ name, value, part: 'header' })),
    ...Object.entries(jwt.claims).map(([name, value]) => ({ name, value, part: 'claims' })),
  ]
  const isBroken = (name: string) => rules.some(({ reads, kept }) => kept === false && reads.includes(name))
  // What is pressed stays while someone goes on to its source.
  const shown = [pinned, pointed].find((chosen) => lines.some(({ name }) => name === chosen))
  return (
    <>
      <ul className="claims">
        {lines.map(({ name, value, part }) => (
          <li key={`${part}.${name}`}>
            <button
              type="button"
              className={`claim ${part}`}
              data-broken={isBroken(name)}
              aria-describedby="claim-help"
              data-shown={shown === name}
              aria-pressed={pinned === name}
              onMouseEnter={() => setPointed(name)}
              onFocus={() => setPointed(name)}
              onClick={() => pin(pinned === name ? undefined : name)}
            >
              <span className="claim-name">{name}</span>
              <span className="claim-value">{JSON.stringify(value)}</span>
              {isTime(name, value) && (
                <span className="claim-time">
                  {toAbsolute(value * 1000)} <b aria-hidden="true">{toRelative(value * 1000, now)}</b>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      <div className="claim-help" id="claim-help">
        {shown === undefined ? (
          <p>Point at a claim, or move to it, and it is explained here. Press it to keep that.</p>
        ) : (
          <>
            <p>
              <b>{shown}</b>
            </p>
            <ul>
              {helpFor(shown, rules).map(({ sentence, source }) => (
                <li key={sentence}>
                  {sentence}{' '}
                  <a href={source} target="_blank" rel="noreferrer noopener">
                    {new URL(source).host.replace(/^www\./, '')}
                  </a>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </>
  )
}

function isTime(name: string, value: unknown): value is number {
  return ['iat', 'exp', 'nbf'].includes(name) && typeof value === 'number'
}
