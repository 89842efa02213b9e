import { verifyJwt } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { parseDuration } from '../human-time.ts'
import { nowOf } from '../io.ts'
import { addKeyOptions, type KeyOptions, needKeyOptions, readKey } from '../jwt/key-options.ts'
import { decodeExactly, readToken, showJwt } from '../jwt/token.ts'
import { createOutput, type GlobalOptions } from '../output.ts'

interface VerifyOptions extends GlobalOptions, KeyOptions {
  issuer?: string
  audience?: string
  tolerance?: string
}

/** `countersign jwt verify [token] --key <file> --alg <name>` */
export const configureJwtVerify: ConfigureCommand = (command, { io }) => {
  command.argument('[token]', 'the token, alone or as an Authorization header; - reads stdin', '-')
  addKeyOptions(command, 'the public key, or a JWK Set from which the kid selects one; - reads stdin')
    .option('--issuer <name>', 'required iss')
    .option('--audience <name>', 'required aud, or one of several')
    .option('--tolerance <duration>', 'allowed clock difference, such as 30s')
  command.action(async (given: string) => {
    const options = command.optsWithGlobals<VerifyOptions>()
    const output = createOutput(io, options)
    const { key, algorithm } = needKeyOptions(options, 'A token never chooses its own key or algorithm.')
    const { issuer, audience, tolerance } = options
    const token = await readToken(given, io)
    await verifyJwt(token, await readKey(key, io), {
      algorithm,
      clock: () => nowOf(io),
      toleranceSeconds: tolerance === undefined ? 0 : parseDuration(tolerance, '--tolerance') / 1000,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    })
    const jwt = decodeExactly(token)
    if (output.json) return output.value({ ...jwt, verified: true })
    if (jwt.claims.exp === undefined) output.talk('The token has no exp: it never expires.')
    output.result(`${output.paint('green', 'Verified')} (${algorithm}).\n${showJwt(jwt, nowOf(io), output)}`)
  })
}
