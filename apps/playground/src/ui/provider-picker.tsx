import { type Entry, useEntries } from '../providers.ts'

/** The providers, one of which is chosen. */
export function ProviderPicker({ chosen, onChoose }: { chosen: Entry; onChoose(id: string): void }) {
  const entries = useEntries()
  return (
    <div className="picker">
      <fieldset className="providers">
        <legend className="hidden">Provider</legend>
        {entries.map(({ provider }) => (
          <label key={provider.id}>
            <input
              type="radio"
              name="provider"
              className="hidden"
              checked={provider.id === chosen.provider.id}
              onInput={() => onChoose(provider.id)}
            />
            <span className="provider-name">{provider.title}</span>
          </label>
        ))}
      </fieldset>
      <p className="soft">
        {chosen.provider.summary}{' '}
        <a href={chosen.provider.docs} rel="noreferrer noopener" target="_blank">
          Documentation
        </a>
      </p>
    </div>
  )
}
