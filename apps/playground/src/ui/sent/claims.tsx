import type { RuleInput, Verdict } from '@countersign/core/provider'
import { escapeHiddenCharacters, toRelativeTime, toVisibleJson } from '@countersign/core/provider'
import type { TargetedKeyboardEvent } from 'preact'
import { useId, useState } from 'preact/hooks'
import { helpFor } from '../../model/claim-help.ts'
import { timeOfClaim, toAbsolute } from '../../model/time.ts'
import { Prose } from '../notices.tsx'
import { nextIndex } from '../roving.ts'
import type { Lit } from '../use-lit.ts'

type Jwt = NonNullable<RuleInput['jwt']>

interface ClaimsProps {
  jwt: Jwt
  /** The same token before it was changed. */
  before?: Jwt | undefined
  rules: readonly Verdict[]
  now: number
  /** How far the provider's clock is ahead of `now`. Default 0. */
  aheadMs?: number
  lit: Lit
}

interface Line {
  key: string
  part: 'header' | 'claims'
  name: string
  value: unknown
  before: unknown
}

/** Header and claims, one per line. A line opens in place to explain its claim. One tab stop: arrow keys move. */
export function Claims({ jwt, before, rules, now, aheadMs = 0, lit }: ClaimsProps) {
  const id = useId()
  const [open, setOpen] = useState<string>()
  const [current, setCurrent] = useState(0)
  const lines = [...toLines('header', jwt, before), ...toLines('claims', jwt, before)]
  const stop = Math.min(current, lines.length - 1)
  const isBroken = (name: string) => rules.some(({ claims, kept }) => kept === false && claims.includes(name))

  function onKeyDown(event: TargetedKeyboardEvent<HTMLElement>) {
    const next = nextIndex(event.key, stop, lines.length)
    if (next < 0 || !(event.target instanceof HTMLButtonElement)) return
    event.preventDefault()
    setCurrent(next)
    document.getElementById(`${id}-${next}`)?.focus()
  }

  return (
    <ul className="claims" onKeyDown={onKeyDown}>
      {lines.map(({ key, part, name, value, before: old }, index) => (
        <li
          key={key}
          data-lit={lit.names.includes(name)}
          onMouseEnter={() => lit.light([name])}
          onMouseLeave={() => lit.light([])}
        >
          <button
            type="button"
            id={`${id}-${index}`}
            className={`claim ${part}`}
            data-broken={isBroken(name)}
            aria-expanded={open === key}
            tabIndex={index === stop ? 0 : -1}
            onFocus={() => {
              setCurrent(index)
              lit.light([name])
            }}
            onBlur={() => lit.light([])}
            onClick={() => setOpen(open === key ? undefined : key)}
          >
            <span className="claim-name">{escapeHiddenCharacters(name)}</span>
            <span className="claim-value">
              {old === value ? (
                toVisibleJson(value)
              ) : (
                <span className="change">
                  {old !== undefined && (
                    <>
                      <del>{toVisibleJson(old)}</del>{' '}
                    </>
                  )}
                  {value !== undefined && <ins>{toVisibleJson(value)}</ins>}
                </span>
              )}
            </span>
            <ClaimTime time={timeOfClaim(name, value)} now={now} aheadMs={aheadMs} />
          </button>
          {open === key && (
            <ul className="claim-help">
              {helpFor(name, rules).map(({ sentence, source }) => (
                <li key={sentence}>
                  <Prose text={sentence} />{' '}
                  <a href={source} target="_blank" rel="noreferrer noopener">
                    {new URL(source).host.replace(/^www\./, '')}
                  </a>
                </li>
              ))}
              {helpFor(name, rules).length === 0 && <li>No standard and no rule is about this one.</li>}
            </ul>
          )}
        </li>
      ))}
    </ul>
  )
}

/** The members of both tokens; a value that did not change is the same in both. */
function toLines(part: 'header' | 'claims', jwt: Jwt, before: Jwt | undefined): Line[] {
  const own = (of: object, name: string) =>
    Object.hasOwn(of, name) ? (of as Record<string, unknown>)[name] : undefined
  const [after, old] = [jwt[part], before?.[part] ?? jwt[part]]
  return [...new Set([...Object.keys(after), ...Object.keys(old)])].map((name) => {
    const value = own(after, name)
    const was = own(old, name)
    const isSame = JSON.stringify(was) === JSON.stringify(value)
    return { key: `${part}.${name}`, part, name, value, before: isSame ? value : was }
  })
}

function ClaimTime({ time, now, aheadMs }: { time: number | undefined; now: number; aheadMs: number }) {
  if (time === undefined) return null
  return (
    <span className="claim-time">
      {toAbsolute(time)} <b aria-hidden="true">{toRelativeTime(time, now)}</b>
      {aheadMs > 0 && (
        <span aria-hidden="true">, by the provider's clock {toRelativeTime(time, now + aheadMs)}</span>
      )}
    </span>
  )
}
