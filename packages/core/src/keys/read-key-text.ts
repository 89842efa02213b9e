import type { JWK } from 'jose'
import { fromBase64 } from './base64.ts'
import { classifyDer, type RsaKeyBytes } from './classify-der.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'
import { type PemBlock, readPemBlocks, repairText } from './read-pem.ts'

/** A key as text, bytes or an object, before anything is known of it. */
export type KeyText = string | Uint8Array | ArrayBuffer | JWK

/** What a key's text or bytes say. */
export type KeyReading =
  | (RsaKeyBytes & { readonly container: 'pem' | 'der' })
  | { readonly form: 'jwk'; readonly private: boolean; readonly jwk: JWK; readonly container: 'jwk' }

const largest = 65_536

/** Reads a key in any form that people have it in, repaired where its damage is usual; else the fault. */
export function readKeyText(input: KeyText): KeyReading | KeyFault {
  if (typeof input === 'string') return readText(input)
  if (input instanceof ArrayBuffer) return readBytes(new Uint8Array(input))
  if (ArrayBuffer.isView(input))
    return readBytes(new Uint8Array(input.buffer, input.byteOffset, input.byteLength))
  return typeof input === 'object' && input !== null ? readJwk(input) : keyFaults.malformed
}

function readBytes(bytes: Uint8Array): KeyReading | KeyFault {
  if (bytes.length === 0) return keyFaults.empty
  if (bytes.length > largest) return keyFaults.tooLarge
  if (bytes[0] === 0x30 && bytes[1] !== undefined && bytes[1] >= 0x80) return readDerKey(bytes)
  return readText(new TextDecoder().decode(bytes))
}

function readDerKey(bytes: Uint8Array): KeyReading | KeyFault {
  const key = classifyDer(bytes)
  return 'code' in key ? key : { ...key, container: 'der' }
}

function readText(raw: string, depth = 0): KeyReading | KeyFault {
  if (raw.length > largest) return keyFaults.tooLarge
  const text = repairText(raw)
  if (text === '') return keyFaults.empty
  const blocks = readPemBlocks(text)
  if (blocks.length > 0) return readBlocks(blocks)
  if (text.startsWith('{')) return readJson(text)
  const named = nameOther(text)
  if (named !== undefined) return named
  const bytes = fromBase64(text)
  if (bytes === undefined || depth > 0) return keyFaults.malformed
  if (bytes[0] === 0x30) return readDerKey(bytes)
  return readText(new TextDecoder().decode(bytes), depth + 1)
}

/** Texts that are no key of ours, but that people pass for one. */
function nameOther(text: string): KeyFault | undefined {
  if (/^(ssh-|ecdsa-sha2-|sk-)\S+ AAAA/.test(text) || text.startsWith('---- BEGIN SSH2 PUBLIC KEY'))
    return keyFaults.sshPublicKey
  if (/-{1,5}BEGIN\b/.test(text)) return keyFaults.truncated
  return undefined
}

function readBlocks(blocks: PemBlock[]): KeyReading | KeyFault {
  const secret = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (secret.length > 1) return keyFaults.severalKeys
  const block = secret[0] ?? blocks[0]
  if (block === undefined) return keyFaults.malformed
  if (block.label === 'OPENSSH PRIVATE KEY') return keyFaults.openssh
  if (block.label === 'ENCRYPTED PRIVATE KEY' || block.legacyEncrypted) return keyFaults.encrypted
  if (!block.complete) return keyFaults.truncated
  if (/^(TRUSTED |X509 )?CERTIFICATE$/.test(block.label)) return keyFaults.certificate
  if (/CERTIFICATE REQUEST$/.test(block.label)) return keyFaults.csr
  if (/^(EC|DSA|ED25519) PRIVATE KEY$/.test(block.label)) return keyFaults.notRsa
  if (block.der === undefined) return keyFaults.malformed
  const key = classifyDer(block.der)
  return 'code' in key ? key : { ...key, container: 'pem' }
}

function readJson(text: string): KeyReading | KeyFault {
  try {
    return readJwk(JSON.parse(text) as JWK)
  } catch {
    return text.endsWith('}') ? keyFaults.malformed : keyFaults.truncated
  }
}

function readJwk(jwk: JWK): KeyReading | KeyFault {
  if (typeof jwk.kty !== 'string') return keyFaults.malformed
  if (jwk.kty !== 'RSA') return keyFaults.notRsa
  if (typeof jwk.n !== 'string' || typeof jwk.e !== 'string') return keyFaults.malformed
  return { form: 'jwk', private: jwk.d !== undefined, jwk, container: 'jwk' }
}
