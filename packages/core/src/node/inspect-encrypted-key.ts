import { inspectKey, type KeyInspection } from '../keys/inspect-key.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import { readKeyText } from '../keys/read-key-text.ts'
import { toContainer } from './encrypted-container.ts'
import { importEncryptedKey } from './import-encrypted-key.ts'
import type { OpenKeyOptions } from './open-key.ts'

/** What can be said of a key that may be encrypted; all but its form only where it can be opened. */
export type EncryptedKeyInspection =
  | (KeyInspection & { encrypted: boolean })
  | (Pick<KeyInspection, 'form' | 'container' | 'type'> & { encrypted: true })

/**
 * Tells what a key is, encrypted ones included: with the passphrase everything, without it the form alone.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export async function inspectEncryptedKey(
  input: string | Uint8Array,
  { passphrase, keyId }: OpenKeyOptions = {},
): Promise<EncryptedKeyInspection> {
  const reading = readKeyText(input, keyId)
  if (reading !== keyFaults.encrypted) {
    if ('code' in reading) throw keyError(reading)
    return { ...(await inspectKey(input, { keyId })), encrypted: false }
  }
  const inner = toContainer(input)
  const isText = typeof inner === 'string'
  const outside = {
    form: isText && !inner.includes('BEGIN ENCRYPTED') ? 'pkcs1' : 'pkcs8',
    container: isText ? 'pem' : 'der',
    type: 'private',
    encrypted: true,
  } as const
  if (passphrase === undefined) return outside
  const opened = await importEncryptedKey({ pem: input, passphrase })
  return { ...(await inspectKey(opened.reveal())), ...outside }
}
