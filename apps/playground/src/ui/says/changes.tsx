import { showValue } from '@countersign/core/explain'
import { breaks } from '../../model/breaks.ts'
import { findDifferences } from '../../model/differences.ts'
import type { Step } from '../../model/session.ts'

/** What was changed between the adapter and the wire, and by which switch. */
export function Changes({ step: { made, sent, changedBy } }: { step: Step }) {
  if (changedBy.length === 0) return null
  const titles = changedBy.filter((id) => id !== 'first-use').map(titleOf)
  return (
    <div className="changed">
      {changedBy.includes('first-use') && <p>Sent once, and then once more:</p>}
      {titles.length > 0 && <p>Changed on its way: {titles.join(', ')}</p>}
      <ul>
        {findDifferences(made, sent).map(({ what, before, after }) => (
          <li className="change" key={what}>
            <code>
              {what}: <del>{showValue(before ?? null)}</del> <ins>{showValue(after ?? null)}</ins>
            </code>
          </li>
        ))}
      </ul>
    </div>
  )
}

function titleOf(id: Step['changedBy'][number]): string {
  if (id === 'edit') return 'edited by hand'
  return breaks.find((one) => one.id === id)?.title.toLowerCase() ?? ''
}
