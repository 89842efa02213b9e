import { importSigningKey, type SigningAlgorithm, type SigningKey, signJwt } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { toFlag } from '../field-names.ts'
import { type Io, nowOf } from '../io.ts'
import { type ClaimOptions, parseMembers, toClaims } from '../jwt/claims.ts'
import { addKeyOptions, type KeyOptions, needKeyOptions, readKey } from '../jwt/key-options.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { signerOption } from '../signer/signer-option.ts'
import { workingFolder } from '../signer/working-folder.ts'
import { UsageError } from '../usage-error.ts'

interface SignOptions extends GlobalOptions, KeyOptions, ClaimOptions {
  privateKey?: string
  signerCommand?: string
  kid?: string
  header?: readonly string[]
}

const append = (value: string, all: readonly string[] = []) => [...all, value]

/** `countersign jwt sign --key <file> --alg <name> [claim…]` */
export const configureJwtSign: ConfigureCommand = (command, { io }) => {
  command.argument('[claim...]', 'name=text, or name:=JSON for numbers, true, false, lists and objects')
  addKeyOptions(command, 'the private key; - reads stdin')
    .option('--private-key <file>', 'the same')
    .option(`${toFlag(signerOption)} <command>`, 'a program that signs instead of the private key')
    .option('--claims <json>', 'more claims, as JSON: @file, or - for stdin; words and flags come first')
    .option('--expires-in <duration>', 'exp, counted from iat, such as 30s')
    .option('--not-before <time>', 'nbf: now, a duration from now, or seconds since 1970')
    .option('--issued-at <time>', 'iat, in the same forms (now); -5s is 5 s ago')
    .option('--kid <id>', 'the key id in the header')
    .option('--header <name=value>', 'a member of the header, written as a claim is; repeatable', append)
  command.action(async (words: readonly string[]) => {
    const options = command.optsWithGlobals<SignOptions>()
    const output = createOutput(io, options)
    const { algorithm, openKey } = toKeySource(options, io)
    const header = toHeader(algorithm, options)
    const claims = await toClaims(words, options, nowOf(io), io)
    const token = await signJwt(await openKey(), { header, claims })
    if (output.json) output.value({ token, header, claims })
    else output.result(token)
  })
}

/** What signs: the key of a file, or a program. */
function toKeySource(
  options: SignOptions,
  io: Io,
): { algorithm: SigningAlgorithm; openKey(): Promise<SigningKey> } {
  const { signerCommand: command, kid: keyId } = options
  const file = keyFile(options)
  if (command === undefined) {
    const { key: path, algorithm } = needKeyOptions({ ...options, ...file })
    return { algorithm, openKey: async () => importSigningKey(await readKey(path, io), { algorithm, keyId }) }
  }
  if (file.key !== undefined)
    throw new UsageError(
      `--key and ${toFlag(signerOption)} cannot be used together.`,
      'Keep one of them: the key is in a file, or a program signs.',
    )
  const { algorithm } = needKeyOptions({ ...options, key: '' })
  return {
    algorithm,
    async openKey() {
      const { openSigner } = await import('../signer/open-signer.ts')
      const folder = workingFolder(io)
      return (await openSigner({ command, folder }, { algorithm, keyId }, io)).key
    },
  }
}

function keyFile({ key, privateKey }: SignOptions): { key?: string } {
  if (key !== undefined && privateKey !== undefined)
    throw new UsageError('--key and --private-key are the same option.', 'Pass one of them.')
  const path = key ?? privateKey
  return path === undefined ? {} : { key: path }
}

function toHeader(alg: string, { kid, header = [] }: SignOptions): { alg: string; [name: string]: unknown } {
  const more = parseMembers(header, '--header')
  if ('alg' in more) throw new UsageError('--alg sets alg.', 'Leave it out of --header.')
  return { alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }), ...more }
}
