import type { JWK } from 'jose'
import { toBase64Url, toBytes } from '../base/encoding.ts'
import { tagOf } from '../base/tag-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { classifyDer, type RsaKeyBytes, spkiOf } from './classify-der.ts'
import { readKeyContent } from './key-content.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'
import type { PemBlock } from './pem.ts'
import { isRsaSane, type JwkReading, jwksOf, readJwk } from './read-jwk.ts'

/** Node's KeyObject, as far as it is used: this package has no Node types. */
export interface KeyObjectLike {
  readonly type: string
  export(options: { format: 'jwk' }): unknown
}

/** A key as text, bytes or an object, before anything is known about it. */
export type KeyText =
  | string
  | Uint8Array
  | ArrayBuffer
  | JWK
  | { readonly keys: readonly JWK[] }
  | KeyObjectLike

/** A key that was read from text, bytes or an object. */
export type KeyReading = (RsaKeyBytes & { readonly container: 'pem' | 'der' }) | JwkReading

/** An encrypted private key: the fault, and the content to decrypt. */
export interface EncryptedReading extends KeyFault {
  readonly encrypted: {
    readonly form: 'pkcs8' | 'pkcs1'
    readonly container: 'pem' | 'der'
    readonly der: Uint8Array<ArrayBuffer>
    /** Label and `DEK-Info` of PEM that is encrypted the old way; PKCS#8 says in its DER how it is encrypted. */
    readonly legacy?: { readonly label: string; readonly dekInfo: string }
  }
}

/** What the argument that holds a key is called, for errors. */
export interface KeyArgument {
  name: string
  /** The provider's id. */
  provider?: string | undefined
  /** Picks a key of a JWK Set. */
  keyId?: string | undefined
}

/**
 * Reads a key in any supported form and repairs usual damage; returns the fault if it cannot.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a value that is missing or of a type that is never a key.
 */
export function readKey(
  input: KeyText,
  { keyId, ...argument }: KeyArgument,
): KeyReading | KeyFault | EncryptedReading {
  checkKeyType(input, argument)
  const bytes = toBytes(input)
  if (typeof input !== 'string' && bytes === undefined) return readObject(input, keyId)
  const content = readKeyContent(bytes ?? (input as string))
  if ('code' in content) return content
  if ('json' in content) return readJwk(content.json, keyId)
  return 'der' in content ? readDerKey(content.der, 'der') : readBlocks(content.blocks)
}

/**
 * Refuses what no key can be: nothing, a Promise that was not awaited, a list, a number, a function and the like.
 *
 * @throws {ConfigError} `CONFIG_INVALID`, naming the argument.
 */
export function checkKeyType(input: unknown, { name, provider }: Omit<KeyArgument, 'keyId'>): void {
  if (typeof input === 'string') return
  const invalid = (problem: string, hint: string) =>
    new ConfigError(`\`${name}\` ${problem}.`, { provider, hint })
  if (input === undefined || input === null)
    throw invalid('is missing', 'Check the file or environment variable that it comes from.')
  if (typeof input !== 'object' || Array.isArray(input))
    throw invalid('is not a key', 'Pass PEM, DER, a JWK, or Base64 of one of these.')
  if ('then' in input && typeof input.then === 'function')
    throw invalid('is a Promise', 'Await it, as in `await readKeyFile(path)` from @countersign/core/node.')
}

/** Whether a fault is that the key is encrypted and can be opened by a passphrase. */
export function isEncrypted(reading: KeyReading | KeyFault): reading is EncryptedReading {
  return 'encrypted' in reading
}

/** The keys of a JWK Set in any wrapping; `undefined` for every other input. */
export function readJwkSet(input: unknown): JWK[] | undefined {
  const bytes = toBytes(input)
  if (typeof input !== 'string' && bytes === undefined)
    return typeof input === 'object' && input !== null ? jwksOf(input) : undefined
  const content = readKeyContent(bytes ?? (input as string))
  return 'json' in content ? jwksOf(content.json) : undefined
}

/** The size of the modulus. */
export function bitsOf({ modulus }: KeyReading): number {
  return modulus.length === 0 ? 0 : modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
}

/** The public half as a JWK of the members that RFC 7638 hashes. */
export function publicJwkOf({ modulus, exponent }: KeyReading): JWK {
  return { kty: 'RSA', n: toBase64Url(modulus), e: toBase64Url(exponent) }
}

function readObject(input: object, keyId: string | undefined): KeyReading | KeyFault {
  if (tagOf(input) === 'URL') return keyFaults.path
  return isKeyObject(input) ? readKeyObject(input) : readJwk(input, keyId)
}

function isKeyObject(value: object): value is KeyObjectLike {
  return 'type' in value && 'export' in value && typeof value.export === 'function'
}

function readKeyObject(key: KeyObjectLike): KeyReading | KeyFault {
  try {
    return readJwk(key.export({ format: 'jwk' }) as object)
  } catch {
    return keyFaults.notRsa
  }
}

function readDerKey(
  der: Uint8Array<ArrayBuffer>,
  container: 'pem' | 'der',
): KeyReading | KeyFault | EncryptedReading {
  const key = classifyDer(der)
  if (key === keyFaults.encrypted)
    return { ...keyFaults.encrypted, encrypted: { form: 'pkcs8', container, der } }
  if ('code' in key) return key
  return isRsaSane(key.modulus, key.exponent) ? { ...key, container } : keyFaults.notSane
}

function readBlocks(blocks: readonly PemBlock[]): KeyReading | KeyFault | EncryptedReading {
  const privateKeys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (privateKeys.length > 1) return keyFaults.severalKeys
  const block = privateKeys[0] ?? blocks[0]
  if (block === undefined) return keyFaults.malformed
  const { label, dekInfo, der, complete } = block
  if (label === 'OPENSSH PRIVATE KEY') return keyFaults.openssh
  if (!complete) return keyFaults.truncated
  if (isCertificate(block)) return keyFaults.certificate
  if (isRequest(block)) return keyFaults.csr
  if (/^(EC|DSA|ED25519) PRIVATE KEY$/.test(label) && dekInfo === undefined) return keyFaults.notRsa
  if (der === undefined) return keyFaults.malformed
  if (dekInfo !== undefined) {
    const legacy = { label, dekInfo }
    return { ...keyFaults.encrypted, encrypted: { form: 'pkcs1', container: 'pem', der, legacy } }
  }
  const key = readDerKey(der, 'pem')
  if ('code' in key || !key.private) return key
  const others = blocks.filter((other) => other !== block)
  return belongTogether(others, key.modulus) ? key : keyFaults.certificateMismatch
}

function isCertificate({ label }: PemBlock): boolean {
  return /^(TRUSTED |X509 )?CERTIFICATE$/.test(label)
}

function isRequest({ label }: PemBlock): boolean {
  return /CERTIFICATE REQUEST$/.test(label)
}

/**
 * Whether the other blocks can belong to a private key: public keys and requests must be of the same pair, and
 * one of the certificates must, since the others are its issuers'. Blocks that cannot be read are ignored.
 */
function belongTogether(others: readonly PemBlock[], modulus: Uint8Array): boolean {
  const matches = (block: PemBlock) => matchesKey(block, modulus)
  const certificates = others.filter(isCertificate).map(matches)
  const rest = others.filter((block) => !isCertificate(block)).map(matches)
  const strange = certificates.includes(false) && !certificates.some((match) => match !== false)
  return !strange && !rest.includes(false)
}

/** Whether a block is of the same key pair; `undefined` where that is not known. */
function matchesKey(block: PemBlock, modulus: Uint8Array): boolean | undefined {
  if (block.der === undefined) return undefined
  const kind = isCertificate(block) ? 'certificate' : isRequest(block) ? 'request' : undefined
  if (kind === undefined && !block.label.endsWith('PUBLIC KEY')) return undefined
  const spki = kind === undefined ? block.der : spkiOf(block.der, kind)
  const key = spki === undefined ? undefined : classifyDer(spki)
  if (key === undefined) return undefined
  return (
    !('code' in key) &&
    key.modulus.length === modulus.length &&
    key.modulus.every((byte, index) => byte === modulus[index])
  )
}
