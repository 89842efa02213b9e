import type { SigningAlgorithm } from '@countersign/core'
import { webCryptoAlgorithms } from '@countersign/core/provider'
import { type Command, Option } from 'commander'
import { enumerate } from '../enumerate.ts'
import { readInput } from '../files.ts'
import type { Io } from '../io.ts'
import { askPassphrase, isEncrypted } from '../keys/passphrase.ts'
import { UsageError } from '../usage-error.ts'

/** The key and the algorithm of a JWT, as flags give them. */
export interface KeyOptions {
  key?: string
  alg?: SigningAlgorithm
}

/** `--alg`, which takes every algorithm that core signs with. */
export function algorithmOption(help: string): Option {
  return new Option('--alg <name>', help).choices(Object.keys(webCryptoAlgorithms))
}

/** Adds `--key` and `--alg`. */
export function addKeyOptions(command: Command, help: string): Command {
  return command.option('--key <file>', help).addOption(algorithmOption('the only accepted algorithm'))
}

/** Both options; the error names those that are missing, and says `why` they are needed. */
export function needKeyOptions(
  { key, alg }: KeyOptions,
  why?: string,
): { key: string; algorithm: SigningAlgorithm } {
  if (key !== undefined && alg !== undefined) return { key, algorithm: alg }
  const missing = [
    key === undefined ? '--key FILE' : '',
    alg === undefined ? '--alg NAME (such as RS256)' : '',
  ]
  const names = missing.filter(Boolean)
  throw new UsageError(`${enumerate(names)} ${names.length > 1 ? 'are' : 'is'} missing.`, why)
}

/** The key's bytes or text, opened where it is encrypted. */
export async function readKey(path: string, io: Io): Promise<string | Uint8Array> {
  const bytes = await readInput(path, io, { key: true })
  const passphrase = await askPassphrase(bytes, io)
  if (passphrase === undefined || !(await isEncrypted(bytes))) return bytes
  const { importEncryptedKey } = await import('@countersign/core/node')
  return (await importEncryptedKey({ pem: bytes, passphrase })).reveal()
}
