import { constants, createHash, type KeyObject, publicDecrypt, verify } from 'node:crypto'
import type { SigningAlgorithm } from '@countersign/core'
import { webCryptoAlgorithms } from '@countersign/core/provider'

/** A signature, and what it must be. */
export interface SignatureFacts {
  signature: Uint8Array
  data: Uint8Array
  algorithm: SigningAlgorithm
  publicKey: KeyObject
}

/** What is wrong with a signature, as a sentence; `undefined` when it holds. */
export function diagnoseSignature(facts: SignatureFacts): string | undefined {
  const { signature, data, algorithm, publicKey } = facts
  const bytes = Math.ceil((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  if (signature.length !== bytes) {
    const length = `It has ${signature.length} bytes, and one of this key has ${bytes}`
    return isPairOfNumbers(signature)
      ? `${length}: it is in the form of ECDSA (DER), and ${algorithm} needs an RSA key.`
      : `${length}: it must be the bytes of the RSA signature alone.`
  }
  if (holds(facts, algorithm)) return undefined
  const others = Object.keys(webCryptoAlgorithms) as SigningAlgorithm[]
  const other = others.find((each) => holds(facts, each))
  if (other !== undefined) return `It is a signature of ${other}, and ${algorithm} is needed.`
  const digest = createHash(hashOf(algorithm)).update(data).digest()
  if (holds({ ...facts, data: digest }, algorithm))
    return 'The digest was hashed once more: it must hash "input", or sign "digest" as it is.'
  if (content(facts)?.equals(digest) === true)
    return 'The digest was signed without its DigestInfo (RFC 8017, section 9.2).'
  if (isPss(algorithm) && holds(facts, algorithm, constants.RSA_PSS_SALTLEN_AUTO))
    return `The salt has the wrong length: ${algorithm} needs ${webCryptoAlgorithms[algorithm].saltLength} bytes.`
  return 'It was made with a different key, or of different data.'
}

function hashOf(algorithm: SigningAlgorithm): string {
  return webCryptoAlgorithms[algorithm].hash.replace('-', '').toLowerCase()
}

function isPss(algorithm: SigningAlgorithm): boolean {
  return webCryptoAlgorithms[algorithm].name === 'RSA-PSS'
}

function holds(
  { signature, data, publicKey }: SignatureFacts,
  algorithm: SigningAlgorithm,
  saltLength: number = webCryptoAlgorithms[algorithm].saltLength,
): boolean {
  const padding = isPss(algorithm)
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    : { padding: constants.RSA_PKCS1_PADDING }
  return verify(hashOf(algorithm), data, { key: publicKey, ...padding }, signature)
}

/** What a signature of PKCS#1 1.5 was made of. */
function content({ signature, publicKey }: SignatureFacts): Buffer | undefined {
  try {
    return publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature)
  } catch {
    return undefined
  }
}

/** Whether it is a DER sequence of two integers that fills all bytes. */
function isPairOfNumbers(bytes: Uint8Array): boolean {
  const long = bytes[1] === 0x81 ? 1 : 0
  const [first, length = 0] = [bytes[2 + long], bytes[3 + long]]
  const second = bytes[4 + long + length]
  return bytes[0] === 0x30 && bytes[1 + long] === bytes.length - 2 - long && first === 2 && second === 2
}
