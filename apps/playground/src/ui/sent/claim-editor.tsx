import type { RuleInput, Verdict } from '@countersign/core/provider'
import { useId } from 'preact/hooks'
import type { Edit, Edited } from '../../model/edit.ts'

interface ClaimEditorProps {
  edit: Edit
  edited: Edited | undefined
  onEdit(edit: Edit): void
  jwt: NonNullable<RuleInput['jwt']>
  rules: readonly Verdict[]
  /** The key's algorithm; `undefined` when there is no key to sign with. */
  algorithm: string | undefined
}

/** Header and claims as editable text. The signature stays the old one until they are signed again. */
export function ClaimEditor({ edit, edited, onEdit, jwt, rules, algorithm }: ClaimEditorProps) {
  const id = useId()
  const problem = edited !== undefined && 'problem' in edited ? edited : undefined
  const canSign = algorithm !== undefined && jwt.header.alg === algorithm
  const broken = rules.filter(({ kept }) => kept === false)
  return (
    <div className="editor">
      {(['header', 'claims'] as const).map((part) => (
        <div className={`field ${part}`} key={part}>
          <label htmlFor={`${id}-${part}`}>{part === 'header' ? 'Header' : 'Claims'}</label>
          <textarea
            id={`${id}-${part}`}
            rows={edit[part].split('\n').length}
            spellcheck={false}
            value={edit[part]}
            aria-invalid={problem?.part === part}
            aria-describedby={`${id}-state`}
            onInput={({ currentTarget: target }) => onEdit({ ...edit, [part]: target.value, signed: false })}
          />
        </div>
      ))}
      <div className="row">
        <button
          type="button"
          aria-disabled={!canSign || edit.signed || problem !== undefined}
          onClick={() => canSign && problem === undefined && onEdit({ ...edit, signed: true })}
        >
          Sign these claims
        </button>
        <p id={`${id}-state`} className={problem === undefined ? 'soft' : 'problem'} aria-live="polite">
          {problem?.problem ??
            (edit.signed
              ? broken.length === 0
                ? 'Signed. Every rule that can be checked now is met.'
                : `Signed. ${broken.length === 1 ? 'One rule is' : `${broken.length} rules are`} broken.`
              : 'Changed. The old signature no longer matches.')}
          {problem === undefined && !canSign && ` The key signs with ${algorithm} only.`}
        </p>
      </div>
    </div>
  )
}
