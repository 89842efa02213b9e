import type { ConfigureCommand } from '../command.ts'
import { exampleIds } from '../help-examples.ts'
import { configureKeysConvert } from './keys-convert.ts'
import { configureKeysCsr } from './keys-csr.ts'
import { configureKeysGenerate } from './keys-generate.ts'
import { configureKeysInspect } from './keys-inspect.ts'
import { configureKeysPublic } from './keys-public.ts'

interface Part {
  name: string
  summary: string
  configure: ConfigureCommand
  examples: string
}

const partsOf = ([, , three] = exampleIds()): readonly Part[] => [
  {
    name: 'generate',
    summary: 'Generate a key pair, with the size that a provider advises.',
    configure: configureKeysGenerate,
    examples: `
  countersign keys generate --provider ${three}
  countersign keys generate --bits 4096 --out private_key.pem --encrypt
  countersign keys generate --stdout --public-out public_key.pem`,
  },
  {
    name: 'inspect',
    summary: 'Describe a key, and check whether two belong together.',
    configure: configureKeysInspect,
    examples: `
  countersign keys inspect private_key.pem
  countersign keys inspect private_key.pem --with public_key.pem
  countersign keys inspect - --json < key.jwk`,
  },
  {
    name: 'public',
    summary: 'Print the public half of a key.',
    configure: configureKeysPublic,
    examples: `
  countersign keys public private_key.pem
  countersign keys public private_key.pem --form base64
  countersign keys public private_key.pem --form jwks --key-id 2026 \\
    --out jwks.json`,
  },
  {
    name: 'convert',
    summary: 'Convert a key to another form.',
    configure: configureKeysConvert,
    examples: `
  countersign keys convert private_key.pem --to jwk --out private_key.jwk
  countersign keys convert rsa_key.pem --to pkcs8 --encrypt \\
    --out private_key.pem`,
  },
  {
    name: 'csr',
    summary: 'Create a certificate request (PKCS#10).',
    configure: configureKeysCsr,
    examples: `
  countersign keys csr private_key.pem --subject "CN=example,O=Example"
  countersign keys csr private_key.pem --subject CN=example --alg RS512 \\
    --out request.csr`,
  },
]

const examples = ([, , three] = exampleIds()) => `
Examples:
  countersign keys generate --provider ${three}
  countersign keys inspect private_key.pem
  countersign keys public private_key.pem`

/** `countersign keys …` */
export const configureKeys: ConfigureCommand = async (command, context) => {
  const { refusePassphraseFlag } = await import('../keys/passphrase.ts')
  for (const { name, summary, configure, examples: ofPart } of partsOf()) {
    const part = command.command(name).summary(summary).description(summary)
    refusePassphraseFlag(part)
    await configure(part, context)
    part.addHelpText('after', `\nExamples:${ofPart}`)
  }
  command.addHelpText(
    'after',
    '\nAn encrypted key is opened by the variable COUNTERSIGN_PASSPHRASE; no option ever holds it.',
  )
  command.addHelpText('after', examples())
}
