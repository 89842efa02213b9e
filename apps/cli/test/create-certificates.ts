import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TlsIdentity } from '@countersign/testing'
import type { Scratch } from './run-command.ts'

/** An authority that nobody knows, and a server of its making. */
export interface Certificates {
  /** The path of the authority's certificate. */
  authority: string
  /** For the names that were asked for. */
  server: TlsIdentity
  /** The paths of the server's PEM files. */
  files: { certificate: string; key: string }
}

const openssl = (...words: string[]) => promisify(execFile)('openssl', words)

/**
 * Makes a throw-away authority with openssl, which vouches for a server on this computer. The names are those of
 * `subjectAltName`.
 */
export async function createCertificates(
  { path }: Scratch,
  subjectNames = 'IP:127.0.0.1,DNS:localhost',
): Promise<Certificates> {
  const at = (name: string) => join(path, name)
  const [authority, authorityKey, cert, key] = [at('ca.pem'), at('ca.key'), at('tls.pem'), at('tls.key')]
  const newKey = (file: string) => ['-newkey', 'rsa:2048', '-noenc', '-keyout', file]
  const request = ['req', '-x509', '-days', '1']
  await openssl(...request, ...newKey(authorityKey), '-out', authority, '-subj', '/CN=Throw-away authority')
  const vouched = ['-CA', authority, '-CAkey', authorityKey]
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${subjectNames}`]
  // openssl issues an authority's certificate unless told otherwise.
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE']
  await openssl(...request, ...newKey(key), '-out', cert, ...vouched, ...names, ...leaf)
  const server = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  return { authority, server, files: { certificate: cert, key } }
}
