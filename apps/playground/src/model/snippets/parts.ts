import type { Entry } from '../../providers.ts'
import { baseUrlOf, inputsOf, type ProviderForm, signs, toCall, toValue } from '../provider-form.ts'

/** Options, by where a program takes them from. */
export interface OptionParts {
  /** Those that may be shown, as they were given. */
  plain: [name: string, value: unknown][]
  /** Those in a file. */
  files: string[]
  /** Those in an environment variable: secrets, and required options that were not given. */
  variables: string[]
}

/** Divides the options of a form. */
export function toParts(entry: Entry, form: ProviderForm): OptionParts {
  const { provider } = entry
  const { needed, more } = inputsOf(provider, form.set)
  const set = new Set(provider.credentialSets[form.set])
  const parts: OptionParts = { plain: [], files: [], variables: [] }
  if (signs(entry, form)) parts.files.push('privateKey')
  for (const { name, field } of [...needed, ...more]) {
    const value = toValue(field, form.texts[name] ?? '')
    const wanted = value !== undefined || field.required || set.has(name)
    if (!wanted) continue
    if (field.kind === 'public-key') parts.files.push(name)
    else if (field.kind === 'secret' || value === undefined) parts.variables.push(name)
    else parts.plain.push([name, value])
  }
  return parts
}

/** `clientId` as a flag has it: `client-id`. */
export function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The environment variable from which the command reads an option. */
export function toVariable({ provider }: Entry, name: string): string {
  return `COUNTERSIGN_${provider.id.toUpperCase()}_${toKebab(name).replaceAll('-', '_').toUpperCase()}`
}

/** The file that contains an option. */
export function toFile(name: string): string {
  return `${toKebab(name).replaceAll('-', '_')}.pem`
}

/** The path after the base URL, as `api` and the command take it. */
export function toPath({ request: { path } }: ProviderForm): string {
  return path.replace(/^\/+/, '')
}

/** The whole address of the request, without a fragment; `undefined` while the base URL is not valid. */
export function toUrl(entry: Entry, form: ProviderForm): URL | undefined {
  const [text] = toCall(baseUrlOf(entry, form), form.request)
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  url.hash = ''
  return url
}

/** Shown instead of a snippet that needs the address. */
export const noAddress = '# The base URL is not valid.'
