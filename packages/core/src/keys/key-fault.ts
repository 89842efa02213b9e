import type { KeyErrorCode } from '../errors/codes.ts'
import { KeyError } from '../errors/key-error.ts'

/** What is wrong with a key, before it is known for which provider. */
export interface KeyFault {
  code: KeyErrorCode
  problem: string
  hint: string
}

const pkcs8 = 'Pass the file that begins with BEGIN PRIVATE KEY.'
const generate =
  'Create an RSA key with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem`.'

type KeyFaultName =
  | 'malformed'
  | 'tooLarge'
  | 'path'
  | 'keyPair'
  | 'undecodable'
  | 'empty'
  | 'severalKeys'
  | 'severalInSet'
  | 'sharedKeyId'
  | 'truncated'
  | 'encrypted'
  | 'publicKey'
  | 'csr'
  | 'sshPublicKey'
  | 'jwkWithoutPrivatePart'
  | 'notRsa'
  | 'rsaPss'
  | 'certificate'
  | 'openssh'
  | 'tooShort'
  | 'algorithm'
  | 'pkcs12'
  | 'putty'
  | 'pgp'
  | 'notSane'
  | 'certificateMismatch'

/** Every fault that the text or the bytes of a key can show: what is wrong, then what to do. */
export const keyFaults: Record<KeyFaultName, KeyFault> = {
  malformed: {
    code: 'KEY_MALFORMED',
    problem: 'The format of the key is not known.',
    hint: 'Pass PEM, DER, a JWK, or Base64 of one of these.',
  },
  tooLarge: { code: 'KEY_MALFORMED', problem: 'The key is larger than 64 KiB.', hint: 'Pass only the key.' },
  path: {
    code: 'KEY_MALFORMED',
    problem: 'The path of a file was passed as the key.',
    hint: 'Pass the content of the file, such as `await readKeyFile(path)` from @countersign/core/node.',
  },
  keyPair: {
    code: 'KEY_MALFORMED',
    problem: 'A key pair was passed as the key.',
    hint: 'Pass its `privateKey`, or its `publicKey` if a public key is needed.',
  },
  undecodable: {
    code: 'KEY_MALFORMED',
    problem: 'The key cannot be decoded.',
    hint: 'Check it with `openssl pkey -in private_key.pem -check -noout`.',
  },
  empty: {
    code: 'KEY_MALFORMED',
    problem: 'The key is empty.',
    hint: 'Check the file or environment variable that it comes from.',
  },
  severalKeys: {
    code: 'KEY_MALFORMED',
    problem: 'The text contains several private keys.',
    hint: 'Pass one of them.',
  },
  severalInSet: {
    code: 'KEY_MALFORMED',
    problem: 'The JWK Set contains several keys.',
    hint: 'Select one by its `kid`, or pass only one.',
  },
  sharedKeyId: {
    code: 'KEY_MALFORMED',
    problem: 'Two keys of the JWK Set have the same `kid`.',
    hint: 'Ask the owner of the set for one in which each `kid` occurs once.',
  },
  truncated: {
    code: 'KEY_TRUNCATED',
    problem: 'The key is cut off.',
    hint: 'Copy the whole file, from the BEGIN line to the END line. An environment variable may contain only the first line.',
  },
  encrypted: {
    code: 'KEY_ENCRYPTED',
    problem: 'The private key is encrypted.',
    hint: 'Open it with `importEncryptedKey({ pem, passphrase })` from @countersign/core/node, or decrypt a copy with `openssl pkey -in private_key.pem -out decrypted_key.pem`.',
  },
  publicKey: { code: 'KEY_NOT_PRIVATE', problem: 'A public key was passed as the private key.', hint: pkcs8 },
  csr: {
    code: 'KEY_NOT_PRIVATE',
    problem: 'A certificate request was passed as the private key.',
    hint: pkcs8,
  },
  sshPublicKey: {
    code: 'KEY_NOT_PRIVATE',
    problem: 'An SSH public key was passed as the private key.',
    hint: pkcs8,
  },
  jwkWithoutPrivatePart: {
    code: 'KEY_NOT_PRIVATE',
    problem: 'The JWK has no private part.',
    hint: 'Pass the JWK that has the member `d`.',
  },
  notRsa: { code: 'KEY_NOT_RSA', problem: 'The key is not an RSA key.', hint: generate },
  rsaPss: {
    code: 'KEY_NOT_RSA',
    problem: 'The key is of the type RSA-PSS, which is not supported, not even for PS256.',
    hint: generate,
  },
  certificate: {
    code: 'KEY_IS_CERTIFICATE',
    problem: 'A certificate was passed as the key.',
    hint: 'Pass the private key that belongs to it. If a public key is needed, extract it with `openssl x509 -in certificate.pem -pubkey -noout`.',
  },
  openssh: {
    code: 'KEY_IS_OPENSSH',
    problem: 'The key is in OpenSSH format.',
    hint: 'Convert a copy with `ssh-keygen -p -m PKCS8 -f copy_of_key`.',
  },
  pkcs12: {
    code: 'KEY_MALFORMED',
    problem: 'The key is a PKCS#12 file.',
    hint: 'Extract the key with `openssl pkcs12 -in key_file.p12 -nocerts -nodes -out private_key.pem`.',
  },
  putty: {
    code: 'KEY_MALFORMED',
    problem: 'The key is in PuTTY format.',
    hint: 'Convert it with `puttygen key_file.ppk -O private-openssh -o private_key` and then `ssh-keygen -p -m PKCS8 -f private_key`.',
  },
  pgp: {
    code: 'KEY_MALFORMED',
    problem: 'The key is a PGP key.',
    hint: 'PGP keys cannot be used. Create an RSA key with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem`.',
  },
  notSane: {
    code: 'KEY_MALFORMED',
    problem: 'The numbers of the key are not those of a valid RSA key.',
    hint: 'Create a new key with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem`.',
  },
  certificateMismatch: {
    code: 'KEY_MALFORMED',
    problem: 'The certificate or public key next to the private key belongs to a different key.',
    hint: 'Compare `openssl pkey -in private_key.pem -pubout` with `openssl x509 -in certificate.pem -pubkey -noout`, and pass only the private key.',
  },
  tooShort: { code: 'KEY_TOO_SHORT', problem: 'The key has fewer than 2048 bits.', hint: generate },
  algorithm: {
    code: 'KEY_ALGORITHM_MISMATCH',
    problem: 'The key is meant for a different algorithm or use.',
    hint: 'Import it for the algorithm that the provider requires, and check `use` and `key_ops` of a JWK.',
  },
}

/** The error for a fault. */
export function keyError(fault: KeyFault, provider?: string, cause?: unknown): KeyError {
  return new KeyError(fault.code, fault.problem, { provider, hint: fault.hint, cause })
}
