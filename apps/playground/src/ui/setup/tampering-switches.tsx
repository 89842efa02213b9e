import { useId } from 'preact/hooks'
import {
  type FaultKind,
  faultKinds,
  type TamperContext,
  type TamperingId,
  tamperings,
} from '../../model/tampering.ts'

/** The switches, and the state of the form that they apply to. */
export interface TamperingProps {
  context: TamperContext | undefined
  chosen: ReadonlySet<TamperingId>
  onChoose(id: TamperingId, on: boolean): void
  fault: FaultKind
  onFault(kind: FaultKind): void
}

/** One switch for each kind of tampering. */
export function TamperingSwitches({ context, chosen, onChoose, fault, onFault }: TamperingProps) {
  const id = useId()
  const all = tamperings.map((one) => ({
    ...one,
    reason: context === undefined ? undefined : one.unavailable(context),
  }))
  const available = all.filter(({ reason }) => reason === undefined)
  const unavailable = all.filter(({ reason }) => reason !== undefined)
  return (
    <section className="part" aria-labelledby="tampering-title">
      <h3 id="tampering-title">Break it</h3>
      <ul className="switches">
        {available.map((one) => (
          <li key={one.id}>
            <input
              type="checkbox"
              role="switch"
              aria-checked={chosen.has(one.id)}
              id={`${id}-${one.id}`}
              className="switch"
              checked={chosen.has(one.id)}
              onInput={({ currentTarget: target }) => onChoose(one.id, target.checked)}
              aria-describedby={`${id}-${one.id}-help`}
            />
            <div>
              <label htmlFor={`${id}-${one.id}`}>{one.title}</label>
              <p className="help" id={`${id}-${one.id}-help`}>
                {one.help}
              </p>
              {one.id === 'fault' && chosen.has('fault') && (
                <select
                  aria-label="Kind of fault"
                  value={fault}
                  onInput={({ currentTarget: target }) => onFault(target.value as FaultKind)}
                >
                  {Object.entries(faultKinds).map(([kind, { title }]) => (
                    <option key={kind} value={kind}>
                      {title}
                    </option>
                  ))}
                </select>
              )}
            </div>
          </li>
        ))}
      </ul>
      {unavailable.length > 0 && (
        <details className="more">
          <summary>{unavailable.length} more that would change nothing here</summary>
          <ul className="unavailable">
            {unavailable.map(({ id: key, title, reason }) => (
              <li key={key}>
                <b>{title}.</b> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
