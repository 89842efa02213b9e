import type { Provider } from '@countersign/core'

/** `clientId` as people type it: `--client-id`. */
export function toFlag(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `clientId` of the provider `acme` as a variable: `COUNTERSIGN_ACME_CLIENT_ID`; a hyphen of an id becomes `_`. */
export function toVariable(provider: string, field: string): string {
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  return `COUNTERSIGN_${provider.toUpperCase().replaceAll('-', '_')}_${name}`
}

/** The options whose values are secrets: variables hold them, and neither flags nor profiles. */
export function secretOptions({ fields }: Pick<Provider, 'fields'>): string[] {
  return Object.keys(fields).filter((name) => fields[name]?.kind === 'secret')
}

/** Values of flags by option name, as commander parses them. */
export type Flags = Readonly<Record<string, unknown>>
