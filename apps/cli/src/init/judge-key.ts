import { readFile } from 'node:fs/promises'
import { ConfigError, importSigningKey, inspectKey, KeyError, type Provider } from '@countersign/core'
import { importEncryptedKey } from '@countersign/core/node'
import { toVariable } from '../field-names.ts'
import { describeUnreadable, mayBeSecret } from '../files.ts'
import type { Io } from '../io.ts'
import { shellQuote } from '../shell-quote.ts'

/** What a file should hold. */
export interface JudgeKeyOptions {
  provider: Provider
  /** The option that it is for. */
  name: string
  /** What opens it. Default: the provider's variable. */
  passphrase?: string | undefined
  /** The flag that named the file, and how, where nobody typed its path a moment ago. */
  flag?: { name: string; value: string }
  io: Io
}

/**
 * Reads the file of a key, or of credentials, and tries whether the provider's adapter could work with it.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it cannot be read. @throws {KeyError} in the adapter's own words.
 */
export async function judgeKeyFile(path: string, options: JudgeKeyOptions): Promise<void> {
  const { provider, name, io } = options
  const { id, fields, algorithm = 'RS256' } = provider
  const bytes = await read(path, options)
  if (name === 'credentials') {
    provider.readCredentials?.(new TextDecoder().decode(bytes))
    return
  }
  if (fields[name]?.kind === 'public-key') {
    const { type } = await inspectKey(bytes)
    if (type === 'public') return
    throw new KeyError('KEY_MALFORMED', 'A public key is needed, and this is a private key.', {
      provider: id,
      hint: 'Pass the file that begins with BEGIN PUBLIC KEY.',
    })
  }
  const passphrase = options.passphrase ?? io.env[toVariable(id, 'passphrase')] ?? ''
  const privateKey =
    passphrase === '' ? bytes : await importEncryptedKey({ pem: bytes, passphrase, provider: id })
  await importSigningKey(privateKey, { algorithm, provider: id })
}

async function read(path: string, options: JudgeKeyOptions): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    const { provider, flag } = options
    const problem = describeUnreadable(flag?.value ?? path, code, flag?.name)
    const hint = code === 'ENOENT' && !mayBeSecret(flag?.value ?? path) ? makingHint(options) : undefined
    throw new ConfigError(problem, { provider: provider.id, ...(hint === undefined ? {} : { hint }) })
  }
}

/** Who names a private key that is not there may want to make it. */
function makingHint({ provider: { id, fields }, name, flag }: JudgeKeyOptions): string | undefined {
  if (flag === undefined || fields[name]?.kind !== 'private-key') return undefined
  return `Make the key first: countersign keys generate --provider ${id} --out ${shellQuote(flag.value)}. Or give --generate-key in place of ${flag.name}: init makes one then.`
}
