import {
  createCipheriv,
  createDecipheriv,
  pbkdf2,
  randomBytes,
  type ScryptOptions,
  scrypt,
} from 'node:crypto'
import { promisify } from 'node:util'
import {
  type DerElement,
  derContent,
  derHex,
  derNumber,
  derTag,
  encodeDer,
  readDer,
  readDerChildren,
} from '../keys/der.ts'
import { type KeyFault, keyFaults } from '../keys/key-fault.ts'

/** Faults that show when an encrypted key is opened: only Node opens one. */
export const encryptionFaults: Record<
  'passphraseWrong' | 'outdatedEncryption' | 'costlyEncryption',
  KeyFault
> = {
  passphraseWrong: {
    code: 'KEY_PASSPHRASE_WRONG',
    problem: 'The passphrase does not open the private key.',
    hint: 'Check it with `openssl pkey -in private_key.pem -noout`.',
  },
  outdatedEncryption: {
    code: 'KEY_MALFORMED',
    problem: 'The private key is encrypted with an outdated method.',
    hint: 'Encrypt it again with `openssl pkcs8 -topk8 -provider legacy -provider default -in private_key.pem -out new_private_key.pem`.',
  },
  costlyEncryption: {
    code: 'KEY_MALFORMED',
    problem: 'The private key asks for too much work to open: more than 10,000,000 rounds or 256 MiB.',
    hint: 'Encrypt it again with `openssl pkcs8 -topk8 -in private_key.pem -out new_private_key.pem`.',
  },
}

/** OpenSSL writes 2048 rounds; 600,000 is what OWASP asks for today. */
const mostRounds = 10_000_000
/** 256 MiB, in units of `N * r`, which take 128 bytes each. */
const mostScryptMemory = 2_097_152
/** About 5 s on one thread, in units of `N * r * p`. */
const mostScryptWork = 16_777_216

/** Object identifiers in hexadecimal. */
const oids = {
  /** 1.2.840.113549.1.5.13 */
  pbes2: '2a864886f70d01050d',
  /** 1.2.840.113549.1.5.12 */
  pbkdf2: '2a864886f70d01050c',
  /** 1.3.6.1.4.1.11591.4.11 */
  scrypt: '2b06010401da47040b',
} as const

/** Pseudo-random functions of PBKDF2: 1.2.840.113549.2.7 to .11. */
const hashes: Readonly<Record<string, string>> = {
  '2a864886f70d0207': 'sha1',
  '2a864886f70d0208': 'sha224',
  '2a864886f70d0209': 'sha256',
  '2a864886f70d020a': 'sha384',
  '2a864886f70d020b': 'sha512',
}

/** Ciphers: AES in CBC (2.16.840.1.101.3.4.1.2, .22, .42) and triple DES in CBC (1.2.840.113549.3.7). */
const ciphers: Readonly<Record<string, { name: string; keyBytes: number }>> = {
  '608648016503040102': { name: 'aes-128-cbc', keyBytes: 16 },
  '608648016503040116': { name: 'aes-192-cbc', keyBytes: 24 },
  '60864801650304012a': { name: 'aes-256-cbc', keyBytes: 32 },
  '2a864886f70d0307': { name: 'des-ede3-cbc', keyBytes: 24 },
}

const scryptAsync = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt)
const pbkdf2Async = promisify(pbkdf2)

/**
 * Decrypts PKCS#8 that PBES2 encrypted (RFC 8018, section 6.2) with PBKDF2 or scrypt. The parameters are checked
 * before anything is derived, and the key is derived in the thread pool, so that a hostile file can neither
 * block the event loop nor use up memory. `undefined` for an older scheme.
 */
export async function decryptPbes2(
  der: Uint8Array,
  passphrase: string,
): Promise<Uint8Array<ArrayBuffer> | KeyFault | undefined> {
  const [algorithm, sealed] = childrenOf(der)
  const [scheme, parameters] = childrenOf(der, algorithm)
  if (scheme === undefined || sealed === undefined || derHex(der, scheme) !== oids.pbes2) return undefined
  const [derivation, encryption] = childrenOf(der, parameters)
  const [cipherId, iv] = childrenOf(der, encryption)
  const cipher = cipherId === undefined ? undefined : ciphers[derHex(der, cipherId)]
  if (cipher === undefined || iv === undefined) return encryptionFaults.outdatedEncryption
  const derived = await derive(der, derivation, passphrase, cipher.keyBytes)
  if ('code' in derived) return derived
  try {
    const decipher = createDecipheriv(cipher.name, derived, derContent(der, iv))
    return Uint8Array.from(Buffer.concat([decipher.update(derContent(der, sealed)), decipher.final()]))
  } catch {
    return encryptionFaults.passphraseWrong
  }
}

/** Derives the key of the cipher as the file says (RFC 8018, appendix A.2; RFC 7914, section 7). */
async function derive(
  der: Uint8Array,
  derivation: DerElement | undefined,
  passphrase: string,
  keyBytes: number,
): Promise<Uint8Array | KeyFault> {
  const [id, parameters] = childrenOf(der, derivation)
  const [salt, ...rest] = childrenOf(der, parameters)
  if (id === undefined || salt === undefined || salt.tag !== derTag.octetString)
    return encryptionFaults.outdatedEncryption
  const numbers = rest.filter(({ tag }) => tag === derTag.integer).map((element) => derNumber(der, element))
  const kind = derHex(der, id)
  if (kind === oids.scrypt) {
    const [N = 0, r = 0, p = 0] = numbers
    if (N * r > mostScryptMemory || N * r * p > mostScryptWork) return encryptionFaults.costlyEncryption
    // More than scrypt needs, which refuses parameters that are not valid.
    const maxmem = 128 * (N * r + r * p) + 1_048_576
    return scryptAsync(passphrase, derContent(der, salt), keyBytes, { N, r, p, maxmem }).catch(
      () => keyFaults.malformed,
    )
  }
  if (kind !== oids.pbkdf2) return encryptionFaults.outdatedEncryption
  const [rounds = 0] = numbers
  if (rounds > mostRounds) return encryptionFaults.costlyEncryption
  if (rounds < 1) return keyFaults.malformed
  const [prf] = childrenOf(
    der,
    rest.find(({ tag }) => tag === derTag.sequence),
  )
  const hash = prf === undefined ? 'sha1' : hashes[derHex(der, prf)]
  if (hash === undefined) return encryptionFaults.outdatedEncryption
  return pbkdf2Async(passphrase, derContent(der, salt), rounds, keyBytes, hash)
}

/** 16 MiB for each guess, as much as OpenSSL allows when it opens a key, five times over. */
const cost = { N: 16_384, r: 8, p: 5 }

const sequence = (...content: Uint8Array[]) => encodeDer(derTag.sequence, ...content)
const octets = (content: Uint8Array) => encodeDer(derTag.octetString, content)
const oid = (hex: string) => encodeDer(derTag.oid, Buffer.from(hex, 'hex'))

/** Encrypts PKCS#8 with scrypt and AES-256-CBC (RFC 8018, appendix A.4; RFC 7914, section 7). */
export async function encryptPbes2(pkcs8: Uint8Array, passphrase: string): Promise<Uint8Array<ArrayBuffer>> {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', await scryptAsync(passphrase, salt, 32, cost), iv)
  const sealed = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  const numbers = [cost.N, cost.r, cost.p].map((number) => encodeDer(derTag.integer, toInteger(number)))
  const derivation = sequence(oid(oids.scrypt), sequence(octets(salt), ...numbers))
  const encryption = sequence(oid('60864801650304012a'), octets(iv))
  return sequence(sequence(oid(oids.pbes2), sequence(derivation, encryption)), octets(sealed))
}

/** The elements in one, or in the outermost; empty if there is no such element. */
export function childrenOf(der: Uint8Array, ...parent: [DerElement | undefined] | []): DerElement[] {
  const element = parent.length === 0 ? readDer(der) : parent[0]
  return element === undefined || element === 'truncated' ? [] : readDerChildren(der, element)
}

/** The content of an INTEGER in one or two bytes, enough for the numbers of {@link cost}. */
function toInteger(number: number): Uint8Array {
  return number < 0x80 ? Uint8Array.of(number) : Uint8Array.of(number >> 8, number & 0xff)
}
