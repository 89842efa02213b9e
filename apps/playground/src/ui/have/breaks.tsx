import { useId } from 'react'
import { type BreakId, breaks, type FaultKind, faultKinds, type Scene } from '../../model/breaks.ts'

/** The switches, and what they are for. */
export interface BreaksProps {
  scene: Scene | undefined
  broken: ReadonlySet<BreakId>
  onBreak(id: BreakId, on: boolean): void
  fault: FaultKind
  onFault(kind: FaultKind): void
}

/** One switch for each thing that can be done wrong. */
export function Breaks({ scene, broken, onBreak, fault, onFault }: BreaksProps) {
  const id = useId()
  const all = breaks.map((one) => ({ ...one, unfit: scene === undefined ? undefined : one.unfit(scene) }))
  const fit = all.filter(({ unfit }) => unfit === undefined)
  const unfit = all.filter((one) => one.unfit !== undefined)
  return (
    <section className="part" aria-labelledby="break-title">
      <h3 id="break-title">Break it</h3>
      <ul className="switches">
        {fit.map((one) => (
          <li key={one.id}>
            <input
              type="checkbox"
              role="switch"
              aria-checked={broken.has(one.id)}
              id={`${id}-${one.id}`}
              className="switch"
              checked={broken.has(one.id)}
              onChange={({ target }) => onBreak(one.id, target.checked)}
              aria-describedby={`${id}-${one.id}-help`}
            />
            <div>
              <label htmlFor={`${id}-${one.id}`}>{one.title}</label>
              <p className="help" id={`${id}-${one.id}-help`}>
                {one.help}
              </p>
              {one.id === 'fault' && broken.has('fault') && (
                <select
                  aria-label="Kind of fault"
                  value={fault}
                  onChange={({ target }) => onFault(target.value as FaultKind)}
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
      {unfit.length > 0 && (
        <details className="more">
          <summary>{unfit.length} more that change nothing here</summary>
          <ul className="unfit">
            {unfit.map((one) => (
              <li key={one.id}>
                <b>{one.title}.</b> {one.unfit}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
