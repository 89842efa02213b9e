import type { TargetedKeyboardEvent } from 'preact'
import { useId, useState } from 'preact/hooks'
import {
  type FaultKind,
  faultKinds,
  type TamperContext,
  type TamperingId,
  tamperings,
} from '../../model/tampering.ts'
import { Popup } from '../popup.tsx'
import { nextIndex } from '../roving.ts'

/** The switches, and the credentials that they apply to. */
export interface FaultSwitchesProps {
  context: TamperContext
  chosen: ReadonlySet<TamperingId>
  onChoose(id: TamperingId, on: boolean): void
  fault: FaultKind
  onFault(kind: FaultKind): void
}

/** One switch for each fault that fits the provider. The list is one tab stop: arrow keys move in it. */
export function FaultSwitches({ context, chosen, onChoose, fault, onFault }: FaultSwitchesProps) {
  const id = useId()
  const [current, setCurrent] = useState(0)
  const all = tamperings.map((one) => ({ ...one, reason: one.unavailable(context) }))
  const fitting = all.filter(({ reason }) => reason === undefined)
  const others = all.filter(({ reason }) => reason !== undefined)
  const active = fitting.filter((one) => chosen.has(one.id))
  const stop = Math.min(current, fitting.length - 1)

  function onKeyDown(event: TargetedKeyboardEvent<HTMLElement>) {
    const next = nextIndex(event.key, stop, fitting.length)
    if (next < 0) return
    event.preventDefault()
    setCurrent(next)
    document.getElementById(`${id}-${fitting[next]?.id}`)?.focus()
  }

  return (
    <div className="faults">
      <div className="fault-row">
        <h3 id={`${id}-title`}>Break it</h3>
        <div className="switches" role="toolbar" aria-labelledby={`${id}-title`} onKeyDown={onKeyDown}>
          {fitting.map((one, index) => (
            <button
              key={one.id}
              type="button"
              role="switch"
              id={`${id}-${one.id}`}
              className="switch"
              aria-checked={chosen.has(one.id)}
              aria-describedby={`${id}-${one.id}-help`}
              title={one.help}
              tabIndex={index === stop ? 0 : -1}
              onFocus={() => setCurrent(index)}
              onClick={() => onChoose(one.id, !chosen.has(one.id))}
            >
              {one.title}
            </button>
          ))}
        </div>
        {fitting.map((one) => (
          <span key={one.id} className="hidden" id={`${id}-${one.id}-help`}>
            {one.help}
          </span>
        ))}
        {active.some((one) => one.id === 'fault') && (
          <select
            aria-label="Kind of fault"
            value={fault}
            onInput={({ currentTarget }) => onFault(currentTarget.value as FaultKind)}
          >
            {Object.entries(faultKinds).map(([kind, { title }]) => (
              <option key={kind} value={kind}>
                {title}
              </option>
            ))}
          </select>
        )}
        {others.length > 0 && (
          <Popup
            className="more unfit"
            summary={`${others.length} ${others.length === 1 ? 'does' : 'do'} not apply`}
          >
            <ul>
              {others.map(({ id: key, title, reason }) => (
                <li key={key}>
                  <b>{title}.</b> {reason}
                </li>
              ))}
            </ul>
          </Popup>
        )}
      </div>
    </div>
  )
}
