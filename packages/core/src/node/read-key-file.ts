import { readFile } from 'node:fs/promises'
import type { Secret } from '../base/secret.ts'
import { ConfigError } from '../errors/config-error.ts'
import { importEncryptedKey } from './import-encrypted-key.ts'

const largest = 65_536

/** Options of {@link readKeyFile}. */
export interface ReadKeyFileOptions {
  /** What opens the key, when it is encrypted. */
  passphrase?: string | Secret
}

/**
 * A private key from a file, in any form that core takes, opened when it is encrypted. The answer is taken
 * as `privateKey` by every factory.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the file cannot be read.
 * @throws {KeyError} with the code that names the key's fault.
 */
export async function readKeyFile(
  path: string | URL,
  { passphrase }: ReadKeyFileOptions = {},
): Promise<Secret> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const { code = 'unknown' } = error as { code?: string }
    throw new ConfigError(`The key file ${String(path)} cannot be read (${code}).`, {
      hint: 'Check the path and the permissions.',
    })
  })
  if (bytes.length > largest) throw new ConfigError(`The key file ${String(path)} is larger than 64 KiB.`)
  return importEncryptedKey({ pem: new Uint8Array(bytes), passphrase })
}
