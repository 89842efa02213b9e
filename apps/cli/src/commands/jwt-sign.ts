import { importSigningKey, signJwt } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { nowOf } from '../io.ts'
import { type ClaimOptions, parseMembers, toClaims } from '../jwt/claims.ts'
import { addKeyOptions, type KeyOptions, needKeyOptions, readKey } from '../jwt/key-options.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface SignOptions extends GlobalOptions, KeyOptions, ClaimOptions {
  privateKey?: string
  kid?: string
  header?: readonly string[]
}

const append = (value: string, all: readonly string[] = []) => [...all, value]

/** `countersign jwt sign --key <file> --alg <name> [claim…]` */
export const configureJwtSign: ConfigureCommand = (command, { io }) => {
  command.argument('[claim...]', 'name=text, or name:=JSON for numbers, true, false, lists and objects')
  addKeyOptions(command, 'the private key; - reads stdin')
    .option('--private-key <file>', 'the same')
    .option('--claims <json>', 'more claims, as JSON: @file, or - for stdin; words and flags come first')
    .option('--expires-in <duration>', 'exp, counted from iat, such as 30s')
    .option('--not-before <time>', 'nbf: now, a duration from now, or seconds since 1970')
    .option('--issued-at <time>', 'iat, in the same forms (now); -5s is 5 s ago')
    .option('--kid <id>', 'the key id in the header')
    .option('--header <name=value>', 'a member of the header, written as a claim is; repeatable', append)
  command.action(async (words: readonly string[]) => {
    const options = command.optsWithGlobals<SignOptions>()
    const output = createOutput(io, options)
    const { key: path, algorithm } = needKeyOptions({ ...options, ...keyFile(options) })
    const header = toHeader(algorithm, options)
    const claims = await toClaims(words, options, nowOf(io), io)
    const key = await importSigningKey(await readKey(path, io), { algorithm, keyId: options.kid })
    const token = await signJwt(key, { header, claims })
    if (output.json) output.value({ token, header, claims })
    else output.result(token)
  })
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
