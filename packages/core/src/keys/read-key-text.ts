import type { JWK } from 'jose'
import { fromBase64 } from './base64.ts'
import { classifyDer, type RsaKeyBytes } from './classify-der.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'
import { type JwkReading, readJwk } from './read-jwk.ts'
import { type PemBlock, readPemBlocks, repairText } from './read-pem.ts'
import { isRsaSane } from './rsa-sane.ts'
import { spkiOf } from './spki-of.ts'

/** Node's KeyObject, as far as it is used: this package has no Node types. */
export interface KeyObjectLike {
  readonly type: string
  export(options: { format: 'jwk' }): unknown
}

/** A key as text, bytes or an object, before anything is known of it. */
export type KeyText = string | Uint8Array | ArrayBuffer | JWK | { keys: readonly JWK[] } | KeyObjectLike

/** What a key's text or bytes say. */
export type KeyReading = (RsaKeyBytes & { readonly container: 'pem' | 'der' }) | JwkReading

const largest = 65_536

/**
 * Reads a key in any form that people have it in, repaired where its damage is usual; else the fault.
 * `keyId` picks a key of a JWK Set.
 */
export function readKeyText(input: KeyText, keyId?: string): KeyReading | KeyFault {
  if (typeof input === 'string') return readText(input, keyId)
  if (input instanceof ArrayBuffer) return readBytes(new Uint8Array(input), keyId)
  if (ArrayBuffer.isView(input)) {
    return readBytes(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), keyId)
  }
  if (typeof input !== 'object' || input === null) return keyFaults.malformed
  return isKeyObject(input) ? readKeyObject(input) : readJwk(input, keyId)
}

function isKeyObject(value: object): value is KeyObjectLike {
  return 'type' in value && 'export' in value && typeof value.export === 'function'
}

function readKeyObject(key: KeyObjectLike): KeyReading | KeyFault {
  try {
    return readJwk(key.export({ format: 'jwk' }))
  } catch {
    return keyFaults.notRsa
  }
}

function readBytes(bytes: Uint8Array, keyId: string | undefined): KeyReading | KeyFault {
  if (bytes.length === 0) return keyFaults.empty
  if (bytes.length > largest) return keyFaults.tooLarge
  if (looksLikeDer(bytes)) return readDerKey(bytes, 'der')
  return readText(new TextDecoder().decode(bytes), keyId)
}

/** A long SEQUENCE, or a short one that ends where the bytes do: text may begin with the digit 0, too. */
function looksLikeDer(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 || bytes[1] === undefined) return false
  return bytes[1] >= 0x80 || bytes.length === bytes[1] + 2
}

function readDerKey(bytes: Uint8Array, container: 'pem' | 'der'): KeyReading | KeyFault {
  const key = classifyDer(bytes)
  if ('code' in key) return key
  return isRsaSane(key.modulus, key.exponent) ? { ...key, container } : keyFaults.notSane
}

function readText(raw: string, keyId: string | undefined, depth = 0): KeyReading | KeyFault {
  if (raw.length > largest) return keyFaults.tooLarge
  const text = repairText(raw)
  if (text === '') return keyFaults.empty
  const other = nameOther(text)
  if (other !== undefined) return other
  const blocks = readPemBlocks(text)
  if (blocks.length > 0) return readBlocks(blocks)
  if (text.startsWith('{')) return readJson(text, keyId, depth)
  if (/-{1,5}BEGIN\b/.test(text)) return keyFaults.truncated
  const bytes = fromBase64(text)
  if (bytes === undefined || depth > 0)
    return /^(MII|LS0tLS1CRUdJTi)[\w+/-]+$/.test(text) ? keyFaults.truncated : keyFaults.malformed
  if (bytes[0] === 0x30) return readDerKey(bytes, 'der')
  return readText(new TextDecoder().decode(bytes), keyId, depth + 1)
}

/** Texts that are no key of ours, but that people pass for one. */
function nameOther(text: string): KeyFault | undefined {
  if (/^(ssh-|ecdsa-sha2-|sk-)\S+ AAAA/.test(text) || text.startsWith('---- BEGIN SSH2 PUBLIC KEY')) {
    return keyFaults.sshPublicKey
  }
  if (text.startsWith('PuTTY-User-Key-File-')) return keyFaults.putty
  return /-----BEGIN PGP /.test(text) ? keyFaults.pgp : undefined
}

function readBlocks(blocks: PemBlock[]): KeyReading | KeyFault {
  const secret = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (secret.length > 1) return keyFaults.severalKeys
  const block = secret[0] ?? blocks[0]
  if (block === undefined) return keyFaults.malformed
  if (block.label === 'OPENSSH PRIVATE KEY') return keyFaults.openssh
  if (block.label === 'ENCRYPTED PRIVATE KEY' || block.legacyEncrypted) return keyFaults.encrypted
  if (!block.complete) return keyFaults.truncated
  if (isCertificate(block)) return keyFaults.certificate
  if (isRequest(block)) return keyFaults.csr
  if (/^(EC|DSA|ED25519) PRIVATE KEY$/.test(block.label)) return keyFaults.notRsa
  if (block.der === undefined) return keyFaults.malformed
  const key = readDerKey(block.der, 'pem')
  if ('code' in key || !key.private || key.form === 'jwk') return key
  const { modulus } = key
  const stranger = blocks.some((beside) => beside !== block && belongs(beside, modulus) === false)
  return stranger ? keyFaults.certificateMismatch : key
}

function isCertificate({ label }: PemBlock): boolean {
  return /^(TRUSTED |X509 )?CERTIFICATE$/.test(label)
}

function isRequest({ label }: PemBlock): boolean {
  return /CERTIFICATE REQUEST$/.test(label)
}

/**
 * Whether a block beside a private key is of the same key pair; `undefined` where that cannot be told. Of
 * several certificates the first is the key's own, the others its issuers'.
 */
function belongs(block: PemBlock, modulus: Uint8Array): boolean | undefined {
  if (block.der === undefined || block.chained) return undefined
  const kind = isCertificate(block) ? 'certificate' : isRequest(block) ? 'request' : undefined
  if (kind === undefined && !block.label.endsWith('PUBLIC KEY')) return undefined
  const spki = kind === undefined ? block.der : spkiOf(block.der, kind)
  const beside = spki === undefined ? undefined : classifyDer(spki)
  if (beside === undefined) return undefined
  return (
    !('code' in beside) &&
    beside.modulus.length === modulus.length &&
    beside.modulus.every((byte, index) => byte === modulus[index])
  )
}

/** A JWK, a JWK Set, or the credentials file of a provider that holds the key as `private_key`. */
function readJson(text: string, keyId: string | undefined, depth: number): KeyReading | KeyFault {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    return text.endsWith('}') ? keyFaults.malformed : keyFaults.truncated
  }
  const { private_key: within } = value
  if (typeof within === 'string' && depth === 0) return readText(within, keyId)
  return readJwk(value, keyId)
}
