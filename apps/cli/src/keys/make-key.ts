import { createPrivateKey } from 'node:crypto'
import { generateKeyPair, inspectKey } from '@countersign/core'
import { writeOutput } from '../files.ts'
import { toPrivateForm } from './forms.ts'
import type { SubjectAttribute } from './subject.ts'

/** How large a key is made. */
export type KeyBits = 2048 | 3072 | 4096

/** The files of a new key. */
export interface KeyFiles {
  /** `-` is stdout. */
  privateKey: string
  publicKey: string | undefined
  csr: string | undefined
}

/** What a new key should be. */
export interface MakeKeyOptions {
  files: KeyFiles
  bits: KeyBits
  /** What the private key is encrypted with. */
  passphrase?: string | undefined
  /** Whose key it is, for a certificate request. */
  subject: readonly SubjectAttribute[]
}

/** A new key, of which nothing is written yet. */
export interface NewKey {
  files: KeyFiles
  bits: KeyBits
  privateKey: string | Uint8Array
  publicKey: string
  /** The certificate request; empty where no file is named for one. */
  csr: string
  thumbprint: string
  spkiSha256: string
}

/** Makes a key, and a certificate request where a file is named for one. */
export async function makeKey({ files, bits, passphrase, subject }: MakeKeyOptions): Promise<NewKey> {
  const { privateKey, publicKey } = await generateKeyPair({ bits })
  const key = createPrivateKey(privateKey)
  // The library behind it is loaded where a request is wanted, and not for every key.
  const csr =
    files.csr === undefined
      ? ''
      : await (await import('./certificate-request.ts')).createCertificateRequest(key, {
          subject,
          algorithm: 'RS256',
        })
  const { thumbprint, spkiSha256 } = await inspectKey(publicKey)
  return {
    files,
    bits,
    privateKey: await toPrivateForm(key, 'pkcs8', { passphrase }),
    publicKey,
    csr,
    thumbprint,
    spkiSha256,
  }
}

/** How a new key is written. */
export interface WriteNewKeyOptions {
  force: boolean
  /** Told each file as soon as it is there. */
  onWritten?: (path: string) => void
}

/** Writes the files of a key that are named; what goes to stdout is left to the caller. */
export async function writeNewKey(
  { files, privateKey, publicKey, csr }: NewKey,
  { force, onWritten }: WriteNewKeyOptions,
): Promise<void> {
  const contents = [
    { path: files.privateKey === '-' ? undefined : files.privateKey, content: privateKey, secret: true },
    { path: files.publicKey, content: publicKey, secret: false },
    { path: files.csr, content: csr, secret: false },
  ]
  for (const { path, content, secret } of contents) {
    if (path === undefined) continue
    await writeOutput(path, content, { secret, force })
    onWritten?.(path)
  }
}
