import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { inspectEncryptedKey } from '@countersign/core/node'
import type { Io } from '../io.ts'
import { type Judgement, ok, warn } from './finding.ts'
import type { KeySource } from './key-source.ts'
import { shownPath } from './shown-path.ts'

/** Whether the public key that lies beside a private key is of the same pair: it may be the one that was sent. */
export async function judgePublicKeyBeside(
  provider: string,
  { path, content, passphrase }: KeySource,
  { env }: Io,
): Promise<Judgement[]> {
  if (path === undefined) return []
  const about = { id: 'public-key-beside', provider }
  const key = await thumbprintOf(content, passphrase)
  if (key === undefined) return []
  for (const beside of publicNames(path)) {
    const bytes = await readFile(beside).catch(() => undefined)
    const other = bytes === undefined ? undefined : await thumbprintOf(new Uint8Array(bytes))
    if (other === undefined) continue
    const name = basename(beside)
    if (other === key) return [ok(about, `${name} is the public half of the key.`)]
    return [
      warn(
        about,
        `${name} lies beside the key and is of another pair: was it sent to the provider?`,
        // Printed, not written: the other file may be in use elsewhere.
        `countersign keys public ${shownPath(path, env)}`,
      ),
    ]
  }
  return []
}

async function thumbprintOf(content: string | Uint8Array, passphrase?: string): Promise<string | undefined> {
  const facts = await inspectEncryptedKey(content, { passphrase }).catch(() => undefined)
  return facts !== undefined && 'thumbprint' in facts ? facts.thumbprint : undefined
}

/** What people call the public half of `private_key.pem`, `key.pem` or `key`. */
function publicNames(path: string): string[] {
  const [folder, extension] = [dirname(path), extname(path)]
  const stem = basename(path, extension)
  const names = [
    stem.replace('private', 'public') + extension,
    `${stem}.public${extension}`,
    `${stem}_public${extension}`,
    `${stem}_public_key${extension}`,
    `${stem}.pub`,
    `${basename(path)}.pub`,
  ]
  return names.filter((name) => name !== basename(path)).map((name) => join(folder, name))
}
