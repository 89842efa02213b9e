import type { Provider } from '@countersign/core'
import type { Field } from '@countersign/core/provider'

/** One input of the form. */
export interface Input {
  name: string
  field: Field<unknown>
}

/** Options that the page fills in by itself. */
const own = new Set(['fetch', 'clock', 'tokenStore', 'onEvent'])

/** The inputs of a provider: what must be given for one set of credentials, and what may be changed. */
export function toInputs(provider: Provider, set: readonly string[]): { needed: Input[]; more: Input[] } {
  const ofOtherSets = new Set(provider.credentialSets.flat().filter((name) => !set.includes(name)))
  const inputs = Object.entries(provider.fields)
    .filter(
      ([name, { kind, goesWith = name }]) =>
        kind !== 'code' &&
        kind !== 'private-key' &&
        !own.has(name) &&
        ![name, goesWith].some((each) => ofOtherSets.has(each)),
    )
    .map(([name, field]) => ({ name, field }))
  const isNeeded = ({ name, field }: Input) => field.required || set.includes(name) || name === 'environment'
  const order = ({ field }: Input) => (field.kind === 'choice' ? 0 : 1)
  return {
    needed: inputs.filter(isNeeded).sort((one, other) => order(one) - order(other)),
    more: inputs.filter((input) => !isNeeded(input)),
  }
}

/** The value of an option out of the text of its input; `undefined` when the input is empty. */
export function toValue({ kind }: Field<unknown>, text: string): unknown {
  if (text === '') return undefined
  if (kind === 'seconds') return /^\s*-?\d+\s*$/.test(text) ? Number(text) : text
  if (kind === 'list')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return text
}

/** What is wrong with an input, in the field's own words; `undefined` when nothing is. */
export function problemOf({ name, field }: Input, text: string, set: readonly string[]): string | undefined {
  const value = toValue(field, text)
  if (value === undefined) return field.required || set.includes(name) ? 'is missing' : undefined
  const checked = field.check(value)
  return 'problem' in checked ? checked.problem : undefined
}

/** Options out of the texts of the inputs. */
export function toOptions(
  inputs: readonly Input[],
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    inputs
      .map(({ name, field }) => [name, toValue(field, texts[name] ?? '')] as const)
      .filter(([, value]) => value !== undefined),
  )
}
