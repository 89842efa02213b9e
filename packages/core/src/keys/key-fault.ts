import { KeyError, type KeyErrorCode } from '../errors/key-error.ts'

/** What is wrong with a key, before it is known for which provider. */
export interface KeyFault {
  code: KeyErrorCode
  problem: string
  hint: string
}

const pkcs8 = 'Pass the file that begins with BEGIN PRIVATE KEY.'
const generate =
  'Make an RSA key with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem`.'

type KeyFaultName =
  | 'malformed'
  | 'tooLarge'
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
  | 'passphraseWrong'
  | 'outdatedEncryption'

/** Every fault that the text or the bytes of a key can show, in words that end in the way out. */
export const keyFaults: Record<KeyFaultName, KeyFault> = {
  malformed: {
    code: 'KEY_MALFORMED',
    problem: 'the key is in no form that is known.',
    hint: 'Pass PEM, DER, a JWK, or Base64 of one of these.',
  },
  tooLarge: { code: 'KEY_MALFORMED', problem: 'the key is larger than 64 KiB.', hint: 'Pass the key alone.' },
  undecodable: {
    code: 'KEY_MALFORMED',
    problem: 'the key cannot be decoded.',
    hint: 'Check it with `openssl pkey -in private_key.pem -check -noout`.',
  },
  empty: {
    code: 'KEY_MALFORMED',
    problem: 'the key is empty.',
    hint: 'Check the file or variable that it comes from.',
  },
  severalKeys: {
    code: 'KEY_MALFORMED',
    problem: 'the text holds several private keys.',
    hint: 'Pass one of them.',
  },
  severalInSet: {
    code: 'KEY_MALFORMED',
    problem: 'the JWK Set holds several keys.',
    hint: 'Name one of them by its `kid`, or pass it alone.',
  },
  sharedKeyId: {
    code: 'KEY_MALFORMED',
    problem: 'two keys of the JWK Set have the same `kid`.',
    hint: 'Ask whoever made the set for one in which every `kid` is used once.',
  },
  truncated: {
    code: 'KEY_TRUNCATED',
    problem: 'the key is cut off before its end.',
    hint: 'Copy the whole file, from the line of BEGIN to the line of END; an environment variable may have kept the first line only.',
  },
  encrypted: {
    code: 'KEY_ENCRYPTED',
    problem: 'the private key is encrypted.',
    hint: 'Open it with `importEncryptedKey({ pem, passphrase })` of @countersign/core/node, or with `openssl pkey -in private_key.pem -out decrypted_key.pem`.',
  },
  publicKey: { code: 'KEY_NOT_PRIVATE', problem: 'the private key is a public key.', hint: pkcs8 },
  csr: { code: 'KEY_NOT_PRIVATE', problem: 'the private key is a certificate request.', hint: pkcs8 },
  sshPublicKey: { code: 'KEY_NOT_PRIVATE', problem: 'the private key is an SSH public key.', hint: pkcs8 },
  jwkWithoutPrivatePart: {
    code: 'KEY_NOT_PRIVATE',
    problem: 'the JWK has no private part.',
    hint: 'Pass the JWK that has a member `d`.',
  },
  notRsa: { code: 'KEY_NOT_RSA', problem: 'the key is not an RSA key.', hint: generate },
  rsaPss: {
    code: 'KEY_NOT_RSA',
    problem: 'the key is restricted to RSA-PSS, which cannot sign RS256 or RS512.',
    hint: generate,
  },
  certificate: {
    code: 'KEY_IS_CERTIFICATE',
    problem: 'the key is a certificate.',
    hint: 'Pass the private key that belongs to it; where a public key is wanted, take it out with `openssl x509 -in certificate.pem -pubkey -noout`.',
  },
  openssh: {
    code: 'KEY_IS_OPENSSH',
    problem: 'the key is in the form of OpenSSH.',
    hint: 'Convert a copy with `ssh-keygen -p -m PKCS8 -f copy_of_key`.',
  },
  pkcs12: {
    code: 'KEY_MALFORMED',
    problem: 'the key is a PKCS#12 file.',
    hint: 'Take the key out of it with `openssl pkcs12 -in key_file.p12 -nocerts -nodes -out private_key.pem`.',
  },
  putty: {
    code: 'KEY_MALFORMED',
    problem: 'the key is in the form of PuTTY.',
    hint: 'Convert it with `puttygen key_file.ppk -O private-openssh -o private_key` and then `ssh-keygen -p -m PKCS8 -f private_key`.',
  },
  pgp: {
    code: 'KEY_MALFORMED',
    problem: 'the key is a PGP key.',
    hint: 'PGP keys cannot be used here: make an RSA key with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem`.',
  },
  notSane: {
    code: 'KEY_MALFORMED',
    problem: 'the numbers of the key are not those of an RSA key.',
    hint: 'Make it anew with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private_key.pem`.',
  },
  certificateMismatch: {
    code: 'KEY_MALFORMED',
    problem: 'the certificate or public key beside the private key belongs to another key.',
    hint: 'Compare `openssl pkey -in private_key.pem -pubout` with `openssl x509 -in certificate.pem -pubkey -noout`, and pass the private key alone.',
  },
  passphraseWrong: {
    code: 'KEY_PASSPHRASE_WRONG',
    problem: 'the passphrase does not open the private key.',
    hint: 'Check it with `openssl pkey -in private_key.pem -noout`.',
  },
  outdatedEncryption: {
    code: 'KEY_MALFORMED',
    problem: 'the private key is encrypted in a way that is no longer used.',
    hint: 'Encrypt it anew with `openssl pkcs8 -topk8 -provider legacy -provider default -in private_key.pem -out new_private_key.pem`.',
  },
  tooShort: { code: 'KEY_TOO_SHORT', problem: 'the key has fewer than 2048 bits.', hint: generate },
  algorithm: {
    code: 'KEY_ALGORITHM_MISMATCH',
    problem: 'the key is made for another algorithm.',
    hint: 'Import it for the algorithm that the provider demands.',
  },
}

/** The error for a fault. */
export function keyError(fault: KeyFault, provider?: string, cause?: unknown): KeyError {
  return new KeyError(fault.code, fault.problem, { provider, hint: fault.hint, cause })
}
