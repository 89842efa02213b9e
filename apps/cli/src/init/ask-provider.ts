import type { Provider } from '@countersign/core'
import { loadProvider, loadProviders, providerNames, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import type { Prompter } from './prompter.ts'

/** The provider that is named, or chosen. */
export async function askProvider(
  name: string | undefined,
  prompter: Prompter | undefined,
): Promise<Provider> {
  if (name !== undefined) return loadProvider(toProviderId(name))
  if (prompter === undefined)
    throw new UsageError(
      `name the provider: countersign init <provider>. Providers: ${providerNames}. Questions are asked at a terminal only.`,
    )
  const providers = await loadProviders()
  const id = await prompter.choose(
    'Which provider?',
    providers.map(({ id: value, title, summary }) => ({ value, label: title, hint: summary })),
  )
  return loadProvider(toProviderId(id))
}
