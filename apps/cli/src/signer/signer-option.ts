import type { Provider } from '@countersign/core'
import type { Checked, Field } from '@countersign/core/provider'
import { splitWords } from './split-words.ts'

/** The option that names a program in place of the private key: `--signer-command`. */
export const signerOption = 'signerCommand'

/** The private key that a program can replace; `undefined` where the provider has none, or several. */
export function replaceableKey({ fields }: Pick<Provider, 'fields'>): string | undefined {
  const [name, ...others] = Object.keys(fields).filter((each) => fields[each]?.kind === 'private-key')
  return others.length === 0 ? name : undefined
}

/** A provider whose private key may be held by a program: the command adds the option, providers know nothing of it. */
export function withSignerOption(provider: Provider): Provider {
  const name = replaceableKey(provider)
  const key = name === undefined ? undefined : provider.fields[name]
  if (name === undefined || key === undefined || signerOption in provider.fields) return provider
  const field: Field<string | undefined> = {
    title: 'Program that signs instead of the private key',
    help: 'A program with its arguments that holds the private key and signs; no shell reads it.',
    kind: 'text',
    required: false,
    goesWith: name,
    example: 'node sign.mjs',
    check: checkCommand,
  }
  const fields = Object.entries(provider.fields).flatMap(([each, given]) =>
    each === name
      ? [
          [each, { ...given, alternative: signerOption }],
          [signerOption, field],
        ]
      : [[each, given]],
  )
  return { ...provider, fields: Object.fromEntries(fields) as Provider['fields'] }
}

function checkCommand(value: unknown): Checked<string | undefined> {
  if (value === undefined) return { value }
  if (typeof value !== 'string') return { problem: 'is not a string' }
  if (value.includes('\0')) return { problem: 'contains a control character' }
  const split = splitWords(value)
  return 'problem' in split ? split : { value }
}
