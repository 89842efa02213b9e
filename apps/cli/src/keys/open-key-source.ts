import type { KeyObject } from 'node:crypto'
import { KeyError } from '@countersign/core'
import { openKey } from '@countersign/core/node'
import { readInput } from '../files.ts'
import type { Io } from '../io.ts'
import { askPassphrase } from './passphrase.ts'

/** The key in a file or on stdin, opened with the passphrase of the environment, or asked for, where it is encrypted. */
export async function openKeySource(path: string, io: Io, keyId?: string): Promise<KeyObject> {
  const key = await readInput(path, io)
  return openKey(key, { passphrase: await askPassphrase(key, io), keyId })
}

/** @throws {KeyError} `KEY_NOT_PRIVATE` for a public key. */
export function checkPrivate(key: KeyObject): void {
  if (key.type === 'private') return
  throw new KeyError('KEY_NOT_PRIVATE', 'The key is a public key, and a private key is needed.', {
    hint: 'Pass the private key: the file that begins with BEGIN PRIVATE KEY.',
  })
}
