import type { KeyObject } from 'node:crypto'
import { KeyError } from '@countersign/core'
import { openKey } from '@countersign/core/node'
import { readInput } from '../files.ts'
import type { Io } from '../io.ts'
import { passphraseOf } from './passphrase.ts'

/** The key in a file or on stdin, opened by the passphrase in the environment where it is encrypted. */
export async function openKeySource(path: string, io: Io, keyId?: string): Promise<KeyObject> {
  return openKey(await readInput(path, io), { passphrase: passphraseOf(io), keyId })
}

/** @throws {KeyError} `KEY_NOT_PRIVATE` for a public key. */
export function checkPrivate(key: KeyObject): void {
  if (key.type === 'private') return
  throw new KeyError('KEY_NOT_PRIVATE', 'the key is a public key.', {
    hint: 'Pass the private key: the file that begins with BEGIN PRIVATE KEY.',
  })
}
