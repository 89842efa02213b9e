import type { ConfigureCommand } from '../command.ts'
import { configureJwtDecode } from './jwt-decode.ts'
import { configureJwtSign } from './jwt-sign.ts'
import { configureJwtVerify } from './jwt-verify.ts'

interface Part {
  name: string
  summary: string
  configure: ConfigureCommand
  examples: string
}

const parts: readonly Part[] = [
  {
    name: 'decode',
    summary: 'Show the content of a JWT; it is not verified unless a key is given.',
    configure: configureJwtDecode,
    examples: `
  countersign jwt decode "$TOKEN"
  countersign jwt decode --json < token.txt
  countersign jwt decode "$TOKEN" --key public_key.pem --alg RS256`,
  },
  {
    name: 'verify',
    summary: 'Verify a JWT with one key and one algorithm.',
    configure: configureJwtVerify,
    examples: `
  countersign jwt verify "$TOKEN" --key public_key.pem --alg RS256
  countersign jwt verify --key jwks.json --alg RS256 --audience example \\
    --tolerance 30s < token.txt`,
  },
  {
    name: 'sign',
    summary: 'Sign claims and print the token.',
    configure: configureJwtSign,
    examples: `
  countersign jwt sign sub=me count:=3 --key private_key.pem --alg RS256 \\
    --expires-in 5m
  countersign jwt sign --claims @claims.json --key private_key.pem --alg RS512 \\
    --kid 2026
  countersign jwt sign sub=me --header typ=at+jwt --key private_key.pem \\
    --alg RS256`,
  },
]

const examples = `
Examples:
  countersign jwt decode "$TOKEN"
  countersign jwt verify "$TOKEN" --key public_key.pem --alg RS256
  countersign jwt sign sub=me count:=3 --key private_key.pem --alg RS256 \\
    --expires-in 5m`

/** `countersign jwt …` */
export const configureJwt: ConfigureCommand = async (command, context) => {
  const { refusePassphraseFlag } = await import('../keys/passphrase.ts')
  for (const { name, summary, configure, examples: ofPart } of parts) {
    const part = command.command(name).summary(summary).description(summary)
    refusePassphraseFlag(part)
    await configure(part, context)
    part.addHelpText('after', `\nExamples:${ofPart}`)
  }
  command.addHelpText('after', '\nAn encrypted key is opened by the variable COUNTERSIGN_PASSPHRASE.')
  command.addHelpText('after', examples)
}
