import { parseSync } from 'oxc-parser'

/** The forms in which a provider is named. */
export interface ProviderNames {
  /** `acme-billing`: the descriptor's id, the package, files and rules. */
  id: string
  /** `acmeBilling`: constants. */
  camel: string
  /** `AcmeBilling`: types and factories. */
  pascal: string
  /** `ACME_BILLING`: variables of the environment. */
  variable: string
  /** `Acme Billing`: what people read. */
  title: string
}

/** The names of a provider that does not exist yet; the title is made of the id unless it is given. */
export function toNames(id: string, title?: string): ProviderNames {
  const words = id.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const pascal = words.join('')
  return {
    id,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    variable: id.toUpperCase().replaceAll('-', '_'),
    title: title ?? words.join(' '),
  }
}

/** Whether a program can declare a constant of this name: `new` and `class` are words of the language. */
export function isIdentifier(name: string): boolean {
  return parseSync('name.ts', `export const ${name} = 1`).errors.length === 0
}
