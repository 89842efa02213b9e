import type { Provider } from '@countersign/core'
import { toFlag } from './field-names.ts'
import { providerIds } from './providers.ts'
import { shellQuote } from './shell-quote.ts'

/** Ids for the examples of a help text, in the order of the registry; where it has fewer, some occur again. */
export type ExampleIds = readonly [string, string, string, string]

/** The {@link ExampleIds} of the registry. */
export function exampleIds(): ExampleIds {
  const ids = providerIds()
  const at = (index: number) => ids[index % ids.length] ?? '<provider>'
  return [at(0), at(1), at(2), at(3)]
}

/** The flags of a provider's first set of credentials, with the examples of its options, on indented lines. */
export function exampleFlags({ credentialSets, fields }: Provider): string {
  return (credentialSets[0] ?? [])
    .flatMap((name) => {
      const { kind, example = 'example' } = fields[name] ?? {}
      if (kind === 'secret') return []
      const isKey = kind === 'private-key' || kind === 'public-key'
      const value = isKey ? `${kind.replace('-', '_')}.pem` : example
      return [`${toFlag(name)} ${shellQuote(value)}`]
    })
    .reduce((lines, flag) => {
      const last = lines.slice(lines.lastIndexOf('\n') + 1)
      const joint = last === '' ? '' : last.length + flag.length > 70 ? ' \\\n    ' : ' '
      return lines + joint + flag
    }, '')
}
