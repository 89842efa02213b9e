import { toFlag, toVariable } from './field-names.ts'
import { loadProviders } from './providers.ts'

/** What core says to a program, for someone at a shell: options by flag or variable, keys opened by variable. */
export async function inCommandWords(code: string, message: string): Promise<string> {
  const [, id = '<provider>'] = /^([a-z]+): /.exec(message) ?? []
  if (code === 'KEY_ENCRYPTED') {
    const [problem] = message.split(' Open it with ')
    return `${problem} Set its passphrase in ${passphraseVariable(id)}.`
  }
  if (code === 'KEY_PASSPHRASE_WRONG') return `${message} It was taken from ${passphraseVariable(id)}.`
  if (!message.includes('`')) return message
  const fields = Object.assign({}, ...(await loadProviders()).map((provider) => provider.fields)) as Record<
    string,
    { kind: string } | undefined
  >
  return message.replace(/`([a-zA-Z]+)`/g, (quoted, name: string) => {
    if (name === 'maxBodyBytes') return toFlag(name)
    const kind = fields[name]?.kind
    if (kind === undefined || kind === 'code') return quoted
    return kind === 'secret' ? toVariable(id, name) : toFlag(name)
  })
}

/** Keys that are for no provider are opened by a variable of no provider. */
function passphraseVariable(id: string): string {
  return id === 'countersign' ? 'COUNTERSIGN_PASSPHRASE' : toVariable(id, 'passphrase')
}
