import { derTag, readDer, readDerChildren } from './der.ts'

/**
 * The SubjectPublicKeyInfo within a certificate (RFC 5280, section 4.1) or a certificate request (RFC 2986,
 * section 4.1): what tells whether it belongs to a private key. Nothing else of it is read.
 */
export function spkiOf(der: Uint8Array, kind: 'certificate' | 'request'): Uint8Array | undefined {
  const root = readDer(der)
  if (root === undefined || root === 'truncated') return undefined
  const [info] = readDerChildren(der, root)
  if (info === undefined || info.tag !== derTag.sequence) return undefined
  const members = readDerChildren(der, info)
  // A certificate: [version], serial, algorithm, issuer, validity, subject, key. A request: version, subject, key.
  const index = kind === 'request' ? 2 : members[0]?.tag === 0xa0 ? 6 : 5
  const key = members[index]
  const before = members[index - 1]
  return key === undefined || before === undefined ? undefined : der.subarray(before.end, key.end)
}
