import { useId } from 'preact/hooks'
import { type Input, inputsOf, problemOf, unregisteredInputs } from '../../model/provider-form.ts'
import type { ProviderForms } from '../use-provider-forms.ts'

/** The inputs for the provider's options, made from its descriptor. */
export function Credentials({ forms }: { forms: ProviderForms }) {
  const { entry, form } = forms
  const { credentialSets } = entry.provider
  const { needed, more } = inputsOf(entry.provider, form.set)
  const set = credentialSets[form.set] ?? []
  const unregistered = unregisteredInputs(entry, form)
  const toFieldInput = (input: Input) => (
    <FieldInput
      key={`${entry.provider.id}.${input.name}`}
      input={input}
      set={set}
      text={form.texts[input.name] ?? ''}
      onText={(text) => forms.change({ texts: { ...form.texts, [input.name]: text } })}
    />
  )
  return (
    <section className="part" aria-labelledby="credentials-title">
      <h3 id="credentials-title">Credentials</h3>
      {credentialSets.length > 1 && (
        <fieldset className="sets">
          <legend className="hidden">Kind of credentials</legend>
          {credentialSets.map((names, index) => (
            <label key={names.join()}>
              <input
                type="radio"
                name="credential-set"
                checked={form.set === index}
                onInput={() => forms.change({ set: index })}
              />
              <span>{names.map((name) => entry.provider.fields[name]?.title ?? name).join(' and ')}</span>
            </label>
          ))}
        </fieldset>
      )}
      {needed.map(toFieldInput)}
      {unregistered.length > 0 && (
        <p className="soft">
          The emulator issued other values than these and will refuse them.{' '}
          <button
            type="button"
            className="quiet"
            onClick={({ currentTarget }) => {
              // This button disappears, so the focus must move on.
              currentTarget.closest('section')?.querySelector('input')?.focus()
              forms.change({ texts: { ...form.texts, ...form.issued } })
            }}
          >
            Use the emulator's
          </button>
        </p>
      )}
      <details className="more">
        <summary>More options</summary>
        {more.map(toFieldInput)}
      </details>
    </section>
  )
}

interface FieldInputProps {
  input: Input
  set: readonly string[]
  text: string
  onText(text: string): void
}

/** One option: label, input, help, and what is wrong with it. */
function FieldInput({ input, set, text, onText }: FieldInputProps) {
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
          // Preact's types allow one kind of input at a time.
          type={(kind === 'secret' || kind === 'public-key' ? 'password' : 'text') as 'text'}
          inputMode={kind === 'seconds' ? 'numeric' : undefined}
          autoComplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={placeholder === undefined ? undefined : String(placeholder)}
          value={text}
          onInput={({ currentTarget: target }) => onText(target.value)}
        />
      ) : (
        <select {...common} value={text} onInput={({ currentTarget: target }) => onText(target.value)}>
          {!field.required && <option value="">(not set)</option>}
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
      <p className="soft" id={`${id}-help`}>
        {help}
      </p>
    </div>
  )
}
