import type { Provider } from '@countersign/core'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { tellAdvice } from '../keys/tell-advice.ts'
import type { Output } from '../output.ts'
import { type ConfigChanged, describeSideEffects } from '../profiles/change-config.ts'
import { shellQuote, shownPath } from '../shell-quote.ts'
import type { Answers } from './answer-all.ts'

/** What was kept, and where. */
export interface Kept {
  provider: Provider
  name: string
  file: string
  /** In the current folder. */
  isDefault: boolean
  /** Whether that is the file of the current folder. */
  local: boolean
  answers: Answers
  changed: ConfigChanged
  /** Members that count only once the file is trusted. */
  restricted: readonly string[]
  /** The user's own file, where a profile of that name in it is the one that counts here. */
  hiddenBy?: string | undefined
}

/** Says what was kept and what comes next: the profile on stdout, the rest on stderr. */
export function report(kept: Kept, output: Output, io: Io): void {
  const { provider, name, file, isDefault, answers, changed, hiddenBy, local, restricted } = kept
  const { members, credentials, judged } = answers
  const { made, later, secrets, passphrase } = credentials
  const { id } = provider
  const unset = [...secrets, ...(passphrase === undefined ? [] : ['passphrase'])]
    .map((secret) => toVariable(id, secret))
    .filter((variable) => (io.env[variable] ?? '') === '')
  if (output.json)
    output.value({
      profile: name,
      provider: id,
      file,
      default: isDefault,
      options: members,
      keyFiles: made === undefined ? null : made.files,
      missing: later,
      variables: unset,
      dryRun: judged === undefined ? null : { level: judged.level, sentence: judged.sentence },
    })
  else output.prose(`Saved profile ${name} (provider ${id}) in ${shownPath(file, io.env)}.`)
  if (judged !== undefined) output.talk(`${judged.sentence} Nothing was sent.`)
  for (const text of describeSideEffects(changed)) output.talk(text)
  if (made !== undefined)
    tellAdvice(
      { provider, files: made.files, bits: made.bits, encrypted: false, namedSubject: undefined },
      output,
    )
  for (const variable of unset)
    output.talk(`Not kept, since it is a secret: read -rs ${variable} && export ${variable}`)
  if (hiddenBy !== undefined)
    output.talk(`Your own profile ${name} of ${shownPath(hiddenBy, io.env)} hides it.`)
  if (restricted.length > 0)
    output.talk(
      `The file counts only once you trust it, because of ${restricted.join(', ')}: countersign profiles trust`,
    )
  const chosen = isDefault ? '' : ` --profile ${name}`
  if (later.length > 0) {
    const flags = later.map((option) => `${toFlag(option)} …`).join(' ')
    const named = `${name === id ? '' : ` --profile ${name}`}${local ? ' --local' : ''}`
    output.talk(
      `Once that comes back, again: countersign init ${id}${named}, or with ${flags} --force as well.`,
    )
  } else {
    const { method, path } = provider.example
    const what = method === 'GET' ? shellQuote(path) : `${method} ${shellQuote(path)}`
    output.talk(`Next: countersign doctor ${id}${chosen}, then countersign request ${id} ${what}${chosen}`)
  }
}
