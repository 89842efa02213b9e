import type { ConfigureCommand } from '../command.ts'
import { configureKeysConvert } from './keys-convert.ts'
import { configureKeysCsr } from './keys-csr.ts'
import { configureKeysGenerate } from './keys-generate.ts'
import { configureKeysInspect } from './keys-inspect.ts'
import { configureKeysPublic } from './keys-public.ts'

const parts: readonly [name: string, summary: string, configure: ConfigureCommand][] = [
  ['generate', 'Make a key pair, as a provider advises.', configureKeysGenerate],
  ['inspect', 'Say what a key is, and whether two belong together.', configureKeysInspect],
  ['public', 'Give the public half of a key.', configureKeysPublic],
  ['convert', 'Give a key in another form.', configureKeysConvert],
  ['csr', 'Make a certificate request (PKCS#10).', configureKeysCsr],
]

const examples = `
Examples:
  countersign keys generate --provider utgl
  countersign keys inspect private_key.pem
  countersign keys public private_key.pem`

/** `countersign keys …` */
export const configureKeys: ConfigureCommand = async (command, context) => {
  const { refusePassphraseFlag } = await import('../keys/passphrase.ts')
  for (const [name, summary, configure] of parts) {
    const part = command.command(name).summary(summary).description(summary)
    refusePassphraseFlag(part)
    await configure(part, context)
  }
  command.addHelpText(
    'after',
    '\nAn encrypted key is opened by the variable COUNTERSIGN_PASSPHRASE; no option ever holds it.',
  )
  command.addHelpText('after', examples)
}
