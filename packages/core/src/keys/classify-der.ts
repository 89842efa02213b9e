import {
  type DerElement,
  derContent,
  derHex,
  derTag,
  derUnsigned,
  encodeDer,
  readDer,
  readDerChildren,
} from './der.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'

/** An RSA key, recognised by its bytes. */
export interface RsaKeyBytes {
  readonly form: 'pkcs8' | 'pkcs1' | 'spki' | 'pkcs1-public'
  readonly private: boolean
  /** PKCS#8 of a private key, SPKI of a public one. */
  readonly der: Uint8Array<ArrayBuffer>
  /** The modulus, big-endian, no leading zeros. */
  readonly modulus: Uint8Array
  /** The public exponent, big-endian, no leading zeros. */
  readonly exponent: Uint8Array
}

const rsaEncryption = '2a864886f70d010101'
const rsaPss = '2a864886f70d01010a'
/** SEQUENCE { rsaEncryption, NULL } (RFC 8017, appendix C). */
const rsaAlgorithm = encodeDer(
  derTag.sequence,
  Uint8Array.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01),
  Uint8Array.of(0x05, 0x00),
)
const versionZero = Uint8Array.of(derTag.integer, 1, 0)

/** An RSA key in DER, or the fault that the bytes show. */
export function classifyDer(bytes: Uint8Array): RsaKeyBytes | KeyFault {
  const root = readDer(bytes)
  if (root === 'truncated') return keyFaults.truncated
  if (root === undefined || root.tag !== derTag.sequence) return keyFaults.malformed
  const children = readDerChildren(bytes, root)
  const [first, second, third] = children
  if (first === undefined || second === undefined) return keyFaults.malformed
  if (first.tag === derTag.integer) {
    if (isPkcs12(bytes, first, second)) return keyFaults.pkcs12
    if (second.tag === derTag.integer) return integers(bytes, root, children)
    if (second.tag === derTag.sequence && third?.tag === derTag.octetString)
      return wrapped('pkcs8', bytes, root.end, [second, third])
    if (second.tag === derTag.octetString) return keyFaults.notRsa // SEC 1: an EC key
    return keyFaults.malformed
  }
  if (first.tag !== derTag.sequence) return keyFaults.malformed
  if (second.tag === derTag.bitString && children.length === 2)
    return wrapped('spki', bytes, root.end, [first, second])
  if (second.tag === derTag.octetString && children.length === 2) return keyFaults.encrypted
  if (second.tag === derTag.sequence && third?.tag === derTag.bitString) {
    const [version] = readDerChildren(bytes, first)
    return version?.tag === derTag.integer ? certificateOrRequest(bytes, first) : keyFaults.certificate
  }
  return keyFaults.malformed
}

/** A PFX begins with version 3 and a ContentInfo (RFC 7292, section 4). */
function isPkcs12(bytes: Uint8Array, version: DerElement, content: DerElement): boolean {
  if (derHex(bytes, version) !== '03' || content.tag !== derTag.sequence) return false
  const [type] = readDerChildren(bytes, content)
  return type !== undefined && derHex(bytes, type).startsWith('2a864886f70d0107')
}

/** PKCS#1 keys are sequences of numbers; so is a DSA key, with six. */
function integers(bytes: Uint8Array, root: DerElement, children: DerElement[]): RsaKeyBytes | KeyFault {
  if (children.length === 6) return keyFaults.notRsa
  return children.length === 2 || children.length >= 9 ? pkcs1(bytes, root, children) : keyFaults.malformed
}

/** A request begins with version 0 and has attributes [0] last; a certificate of version 1 has a serial. */
function certificateOrRequest(bytes: Uint8Array, info: DerElement): KeyFault {
  return readDerChildren(bytes, info).at(-1)?.tag === 0xa0 ? keyFaults.csr : keyFaults.certificate
}

function algorithmFault(bytes: Uint8Array, algorithm: DerElement): KeyFault | undefined {
  const [oid] = readDerChildren(bytes, algorithm)
  if (oid?.tag !== derTag.oid) return keyFaults.malformed
  const hex = derHex(bytes, oid)
  if (hex === rsaEncryption) return undefined
  return hex === rsaPss ? keyFaults.rsaPss : keyFaults.notRsa
}

function pkcs1(bytes: Uint8Array, root: DerElement, children: DerElement[]): RsaKeyBytes | KeyFault {
  const [first, second, third] = children
  if (first === undefined || second === undefined) return keyFaults.malformed
  const whole = bytes.subarray(0, root.end)
  if (children.length === 2) {
    const bits = encodeDer(derTag.bitString, Uint8Array.of(0), whole)
    const der = encodeDer(derTag.sequence, rsaAlgorithm, bits)
    return {
      form: 'pkcs1-public',
      private: false,
      der,
      modulus: derUnsigned(bytes, first),
      exponent: derUnsigned(bytes, second),
    }
  }
  if (third === undefined) return keyFaults.malformed
  const der = encodeDer(derTag.sequence, versionZero, rsaAlgorithm, encodeDer(derTag.octetString, whole))
  return {
    form: 'pkcs1',
    private: true,
    der,
    modulus: derUnsigned(bytes, second),
    exponent: derUnsigned(bytes, third),
  }
}

/** PKCS#8 or SPKI: an algorithm and a PKCS#1 key, which in SPKI follows the count of unused bits. */
function wrapped(
  form: 'pkcs8' | 'spki',
  bytes: Uint8Array,
  end: number,
  [algorithm, key]: readonly [DerElement, DerElement],
): RsaKeyBytes | KeyFault {
  const fault = algorithmFault(bytes, algorithm)
  if (fault !== undefined) return fault
  const inner = classifyDer(derContent(bytes, key).subarray(form === 'spki' ? 1 : 0))
  if ('code' in inner) return inner
  if (inner.form !== (form === 'spki' ? 'pkcs1-public' : 'pkcs1')) return keyFaults.malformed
  return { ...inner, form, der: Uint8Array.from(bytes.subarray(0, end)) }
}

/**
 * The SubjectPublicKeyInfo within a certificate (RFC 5280, section 4.1) or a certificate request (RFC 2986,
 * section 4.1), which shows whether it belongs to a private key. Nothing else of it is read.
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
