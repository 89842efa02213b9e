import { CountersignError } from '@countersign/core'
import { toFlag, toVariable } from './field-names.ts'
import { loadProviders } from './providers.ts'

/** The parts of an error that people read. */
export interface ErrorWords {
  code: string
  provider?: string | undefined
  problem: string
  hint?: string | undefined
}

/**
 * What an error says to a program, rewritten for someone at a shell: options by flag or variable, and the
 * passphrase of a key by its variable.
 */
export async function inCommandWords(error: ErrorWords): Promise<{ problem: string; hint?: string }> {
  const { code, provider, problem, hint } = error
  if (code === 'KEY_ENCRYPTED')
    return { problem, hint: `Set its passphrase in ${passphraseVariable(provider)}.` }
  if (code === 'KEY_PASSPHRASE_WRONG') {
    const source = `It was taken from ${passphraseVariable(provider)}.`
    return { problem, hint: hint === undefined ? source : `${hint} ${source}` }
  }
  const toWords = await optionWords(provider)
  return { problem: toWords(problem), ...(hint === undefined ? {} : { hint: toWords(hint) }) }
}

/** The message of an error, with its options named as flags and variables. */
export async function toCommandMessage(error: unknown): Promise<string> {
  if (!CountersignError.isInstance(error)) return error instanceof Error ? error.message : String(error)
  const { problem, hint } = await inCommandWords(error)
  const by = error.provider === undefined ? '' : `${error.provider}: `
  return `${by}${problem}${hint === undefined ? '' : ` ${hint}`}`
}

async function optionWords(provider = '<provider>'): Promise<(text: string) => string> {
  const all = await loadProviders()
  // An option of one name can be of different kinds: that of the provider itself counts.
  const own = all.find(({ id }) => id === provider)
  const fields = Object.assign({}, ...all.map((each) => each.fields), own?.fields) as Record<
    string,
    { kind: string } | undefined
  >
  return (text) =>
    text.replace(/`([a-zA-Z]+)`/g, (quoted, name: string) => {
      if (name === 'maxBodyBytes') return toFlag(name)
      const kind = fields[name]?.kind
      if (kind === undefined || kind === 'code') return quoted
      return kind === 'secret' ? toVariable(provider, name) : toFlag(name)
    })
}

/** A key that is not for a provider is opened with the variable of no provider. */
function passphraseVariable(id: string | undefined): string {
  return id === undefined ? 'COUNTERSIGN_PASSPHRASE' : toVariable(id, 'passphrase')
}
