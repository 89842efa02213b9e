import type { ConfigureCommand } from '../command.ts'
import { configureJwtDecode } from './jwt-decode.ts'
import { configureJwtSign } from './jwt-sign.ts'
import { configureJwtVerify } from './jwt-verify.ts'

const parts: readonly [name: string, summary: string, configure: ConfigureCommand][] = [
  ['decode', 'Show what a JWT says; nothing is verified unless a key is given.', configureJwtDecode],
  ['verify', 'Verify a JWT by one key and one algorithm.', configureJwtVerify],
  ['sign', 'Sign claims and print the token.', configureJwtSign],
]

const examples = `
Examples:
  countersign jwt decode "$TOKEN"
  countersign jwt verify "$TOKEN" --key public_key.pem --alg RS256
  countersign jwt sign sub=me count:=3 --key private_key.pem --alg RS256 --expires-in 5m`

/** `countersign jwt …` */
export const configureJwt: ConfigureCommand = async (command, context) => {
  const { refusePassphraseFlag } = await import('../keys/passphrase.ts')
  for (const [name, summary, configure] of parts) {
    const part = command.command(name).summary(summary).description(summary)
    refusePassphraseFlag(part)
    await configure(part, context)
  }
  command.addHelpText('after', '\nAn encrypted key is opened by the variable COUNTERSIGN_PASSPHRASE.')
  command.addHelpText('after', examples)
}
