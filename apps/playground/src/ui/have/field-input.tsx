import { useId } from 'react'
import { type Input, problemOf } from '../../model/form.ts'

interface FieldInputProps {
  input: Input
  set: readonly string[]
  text: string
  onText(text: string): void
}

/** One option: label, input, help, and what is wrong with it beside it. */
export function FieldInput({ input, set, text, onText }: FieldInputProps) {
  const id = useId()
  const { field } = input
  const { title, help, example, kind, choices, defaultValue } = field
  const problem = problemOf(input, text, set)
  const placeholder = defaultValue ?? example
  const common = {
    id,
    'aria-describedby': problem === undefined ? `${id}-help` : `${id}-problem ${id}-help`,
    'aria-invalid': problem !== undefined,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      {choices === undefined ? (
        <input
          {...common}
          type={kind === 'secret' || kind === 'public-key' ? 'password' : 'text'}
          inputMode={kind === 'seconds' ? 'numeric' : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={placeholder === undefined ? undefined : String(placeholder)}
          value={text}
          onChange={({ target }) => onText(target.value)}
        />
      ) : (
        <select {...common} value={text} onChange={({ target }) => onText(target.value)}>
          {!field.required && <option value="">(not given)</option>}
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )}
      {problem !== undefined && (
        <p className="problem" id={`${id}-problem`}>
          {title} {problem}.
        </p>
      )}
      <p className="help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  )
}
