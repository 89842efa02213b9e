import type { Provider } from '@countersign/core'
import type { ConfigFile } from '../profiles/config-file.ts'
import { profileName } from '../profiles/parse-config.ts'
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
      `Name the provider: countersign init <provider>. Providers: ${providerNames()}. Questions are asked at a terminal only.`,
    )
  const providers = await loadProviders()
  const id = await prompter.choose(
    'Which provider?',
    providers.map(({ id: value, title, summary }) => ({ value, label: title, hint: summary })),
  )
  return loadProvider(toProviderId(id))
}

/** How a profile gets its name. */
export interface AskNameOptions {
  provider: Provider
  /** `--profile` */
  named: string | undefined
  /** The file that it will stand in, where there is one. */
  existing: ConfigFile | undefined
  force: boolean
  prompter: Prompter | undefined
}

/**
 * The name of the profile: none that is there already, unless that one is to be changed.
 *
 * @throws {UsageError} where nobody can be asked whether to change it.
 */
export async function askName(options: AskNameOptions): Promise<string> {
  const { provider, named, prompter, force } = options
  const problemOf = (name: string) => nameProblem(name, options)
  const problem = named === undefined ? undefined : problemOf(named)
  if (problem !== undefined) throw new UsageError(`--profile: ${problem}`)
  if (prompter === undefined) {
    const name = named ?? provider.id
    const taken =
      problemOf(name) ?? (isThere(name, options) && !force ? takenWords(name, options) : undefined)
    if (taken !== undefined) throw new UsageError(taken)
    return name
  }
  for (let asked = named; ; asked = undefined) {
    const name =
      asked ??
      (await prompter.ask({
        title: 'Name of the profile',
        help: `Commands take it as --profile NAME; one provider may have several.`,
        initial: provider.id,
        check: async (answer) => problemOf(answer),
      }))
    if (force || !isThere(name, options)) return name
    if (await prompter.confirm(`There is a profile ${name} already. Change it?`, true)) return name
  }
}

function nameProblem(name: string, { existing, provider }: AskNameOptions): string | undefined {
  if (!profileName.test(name)) return 'letters, digits, dot, _ and - make a name.'
  const there = existing?.profiles.find((profile) => profile.name === name)
  if (there === undefined || there.provider === provider.id) return undefined
  return `${name} is the name of a profile of ${there.provider}: take another.`
}

function isThere(name: string, { existing }: AskNameOptions): boolean {
  return existing?.profiles.some((profile) => profile.name === name) === true
}

function takenWords(name: string, { existing }: AskNameOptions): string {
  return `there is a profile ${name} in ${existing?.path} already. Take another name with --profile NAME, or change that one with --force: what is not given stays as it is.`
}
