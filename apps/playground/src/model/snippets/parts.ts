import type { Entry } from '../../providers.ts'
import { baseUrlOf, type Desk, inputsOf, signs } from '../desk.ts'
import { toValue } from '../form.ts'

/** Options, by where a program takes them from. */
export interface OptionParts {
  /** Those that may be shown, as they were given. */
  plain: [name: string, value: unknown][]
  /** Those that a file holds. */
  files: string[]
  /** Those that a variable of the environment holds: secrets, and what is needed and was not given. */
  variables: string[]
}

/** Divides the options of a form. */
export function toParts({ provider }: Entry, desk: Desk): OptionParts {
  const { needed, more } = inputsOf(provider, desk.set)
  const set = new Set(provider.credentialSets[desk.set])
  const parts: OptionParts = { plain: [], files: [], variables: [] }
  if (signs({ provider } as Entry, desk)) parts.files.push('privateKey')
  for (const { name, field } of [...needed, ...more]) {
    const value = toValue(field, desk.texts[name] ?? '')
    const wanted = value !== undefined || field.required || set.has(name)
    if (!wanted) continue
    if (field.kind === 'public-key') parts.files.push(name)
    else if (field.kind === 'secret' || value === undefined) parts.variables.push(name)
    else parts.plain.push([name, value])
  }
  return parts
}

/** `clientId` as people type it: `client-id`. */
export function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The variable that the command reads an option from. */
export function toVariable({ provider }: Entry, name: string): string {
  return `COUNTERSIGN_${provider.id.toUpperCase()}_${toKebab(name).replaceAll('-', '_').toUpperCase()}`
}

/** The file that an option is read from. */
export function toFile(name: string): string {
  return `${toKebab(name).replaceAll('-', '_')}.pem`
}

/** The path below the base URL, as `api` and the command take it. */
export function toPath({ request: { path } }: Desk): string {
  return path.replace(/^\/+/, '')
}

/** Whether a body is sent. */
export function carriesBody({ request: { method, body } }: Desk): boolean {
  return body !== '' && method !== 'GET' && method !== 'HEAD'
}

/** The whole address of the request, without a fragment; `undefined` while the base URL is none. */
export function toUrl(entry: Entry, desk: Desk): URL | undefined {
  const text = `${baseUrlOf(entry, desk).replace(/\/+$/, '')}/${toPath(desk)}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  url.hash = ''
  return url
}

/** What stands in the place of a snippet that needs the address. */
export const noAddress = '# The base URL is no address yet.'
