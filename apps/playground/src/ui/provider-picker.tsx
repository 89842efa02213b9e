import { ToggleGroup } from 'radix-ui'
import { type Entry, entries } from '../providers.ts'

/** The providers, one of which is chosen. */
export function ProviderPicker({ chosen, onChoose }: { chosen: Entry; onChoose(id: string): void }) {
  return (
    <div className="picker">
      <ToggleGroup.Root
        type="single"
        className="providers"
        aria-label="Provider"
        value={chosen.provider.id}
        onValueChange={(id) => id !== '' && onChoose(id)}
      >
        {entries.map(({ provider }) => (
          <ToggleGroup.Item key={provider.id} value={provider.id}>
            {provider.title}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      <p className="picker-what">
        {chosen.provider.summary}{' '}
        <a href={chosen.provider.docs} rel="noreferrer noopener" target="_blank">
          Its documentation
        </a>
      </p>
    </div>
  )
}
