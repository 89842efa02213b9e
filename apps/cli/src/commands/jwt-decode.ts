import { verifyJws } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { nowOf } from '../io.ts'
import { addKeyOptions, type KeyOptions, needKeyOptions, readKey } from '../jwt/key-options.ts'
import { decodeExactly, readToken, showJwt } from '../jwt/token.ts'
import { createOutput, type GlobalOptions } from '../output.ts'

/** `countersign jwt decode [token]` */
export const configureJwtDecode: ConfigureCommand = (command, { io }) => {
  command.argument('[token]', 'the token, alone or as an Authorization header; - reads stdin', '-')
  addKeyOptions(command, 'public key, to verify the signature; times and claims are not checked')
  command.action(async (given: string) => {
    const options = command.optsWithGlobals<GlobalOptions & KeyOptions>()
    const output = createOutput(io, options)
    const wanted =
      options.key !== undefined || options.alg !== undefined
        ? needKeyOptions(options, 'A token never chooses its own key or algorithm.')
        : undefined
    const token = await readToken(given, io)
    const jwt = decodeExactly(token)
    if (wanted !== undefined)
      await verifyJws(token, await readKey(wanted.key, io), { algorithm: wanted.algorithm })
    const verified = wanted !== undefined
    if (output.json) return output.value({ ...jwt, verified })
    const verdict = verified
      ? output.paint('green', `The signature is valid (${wanted.algorithm}).`)
      : `${output.paint('red', 'NOT VERIFIED')}: anyone may have written this. --key FILE --alg RS256 checks the signature.`
    output.prose(verdict)
    output.result(showJwt(jwt, nowOf(io), output))
  })
}
