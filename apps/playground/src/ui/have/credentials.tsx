import { inputsOf, strangeInputs } from '../../model/desk.ts'
import type { Input } from '../../model/form.ts'
import type { Desks } from '../use-desk.ts'
import { FieldInput } from './field-input.tsx'

/** The form of the provider's options, made from its descriptor. */
export function Credentials({ desks }: { desks: Desks }) {
  const { entry, desk } = desks
  const { credentialSets } = entry.provider
  const { needed, more } = inputsOf(entry.provider, desk.set)
  const set = credentialSets[desk.set] ?? []
  const strange = strangeInputs(entry, desk)
  const one = (input: Input) => (
    <FieldInput
      key={`${entry.provider.id}.${input.name}`}
      input={input}
      set={set}
      text={desk.texts[input.name] ?? ''}
      onText={(text) => desks.change({ texts: { ...desk.texts, [input.name]: text } })}
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
                checked={desk.set === index}
                onChange={() => desks.change({ set: index })}
              />
              <span>{names.map((name) => entry.provider.fields[name]?.title ?? name).join(' and ')}</span>
            </label>
          ))}
        </fieldset>
      )}
      {needed.map(one)}
      {strange.length > 0 && (
        <p className="note">
          The emulator handed out other values than these, and will refuse them.{' '}
          <button
            type="button"
            className="quiet"
            onClick={({ currentTarget }) => {
              // This button goes away.
              currentTarget.closest('section')?.querySelector('input')?.focus()
              desks.change({ texts: { ...desk.texts, ...desk.issued } })
            }}
          >
            Use the emulator’s
          </button>
        </p>
      )}
      <details className="more">
        <summary>More options</summary>
        {more.map(one)}
      </details>
    </section>
  )
}
