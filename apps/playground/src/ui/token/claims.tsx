import type { RuleInput, Verdict } from '@countersign/core/provider'
import { escapeHiddenCharacters, toRelativeTime, toVisibleJson } from '@countersign/core/provider'
import { useState } from 'preact/hooks'
import { helpFor } from '../../model/claim-help.ts'
import { timeOfClaim, toAbsolute } from '../../model/time.ts'
import { Prose } from '../notices.tsx'

interface ClaimsProps {
  jwt: NonNullable<RuleInput['jwt']>
  rules: readonly Verdict[]
  now: number
}

/** Header and claims, one per line, each explained when it is pointed at or focused. */
export function Claims({ jwt, rules, now }: ClaimsProps) {
  const [pinned, pin] = useState<string>()
  const [pointed, setPointed] = useState<string>()
  const lines = [
    ...Object.entries(jwt.header).map(([name, value]) => ({ name, value, part: 'header' })),
    ...Object.entries(jwt.claims).map(([name, value]) => ({ name, value, part: 'claims' })),
  ]
  const isBroken = (name: string) => rules.some(({ claims, kept }) => kept === false && claims.includes(name))
  // A pressed claim stays, so that its source can be reached.
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
              <span className="claim-name">{escapeHiddenCharacters(name)}</span>
              <span className="claim-value">{toVisibleJson(value)}</span>
              <ClaimTime time={timeOfClaim(name, value)} now={now} />
            </button>
          </li>
        ))}
      </ul>
      <div className="claim-help" id="claim-help">
        {shown === undefined ? (
          <p>Point at a claim or focus it to see its explanation here. Press it to keep the explanation.</p>
        ) : (
          <>
            <p>
              <b>{escapeHiddenCharacters(shown)}</b>
            </p>
            <ul>
              {helpFor(shown, rules).map(({ sentence, source }) => (
                <li key={sentence}>
                  <Prose text={sentence} />{' '}
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

function ClaimTime({ time, now }: { time: number | undefined; now: number }) {
  if (time === undefined) return null
  return (
    <span className="claim-time">
      {toAbsolute(time)} <b aria-hidden="true">{toRelativeTime(time, now)}</b>
    </span>
  )
}
