import { type KeyObject, sign } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { crc32c } from './crc32c.ts'
import { signDigest } from './sign-digest.ts'

/** The key that the services hold. */
export interface HeldKey {
  privateKey: KeyObject
  publicKey: KeyObject
}

/** What a service answers: a status, headers, and JSON. */
export interface Answer {
  status?: number
  headers?: Record<string, string>
  body: object
}

/** Answers a call of a service as its documentation says. */
export type StandIn = (call: IncomingMessage, input: Record<string, unknown>, key: HeldKey) => Answer

/** AWS KMS: the operation is in a header, bytes in Base64. */
export const answerAws: StandIn = ({ headers }, input, { privateKey, publicKey }) => {
  const { KeyId, Message = '', MessageType, SigningAlgorithm } = input as Record<string, string>
  const message = Buffer.from(Message, 'base64')
  const hash = SigningAlgorithm?.endsWith('SHA_256') ? 'sha256' : 'sha512'
  if (headers['x-amz-target'] === 'TrentService.GetPublicKey') {
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    return { body: { KeyId, PublicKey: spki.toString('base64') } }
  }
  const signature =
    MessageType === 'DIGEST' ? signDigest(privateKey, hash, message) : sign(hash, message, privateKey)
  return { body: { KeyId, Signature: signature.toString('base64') } }
}

/** Google Cloud KMS, its REST form: digests by the name of their hash, and CRC-32C sums as text. */
export const answerGoogle: StandIn = ({ url = '' }, input, { privateKey, publicKey }) => {
  if (url.includes('/publicKey')) return { body: { pem: publicKey.export({ type: 'spki', format: 'pem' }) } }
  const { digest: digests, digestCrc32c } = input as { digest: Record<string, string>; digestCrc32c: string }
  const [[hash, text] = ['', '']] = Object.entries(digests)
  const digest = Buffer.from(text, 'base64')
  const signature = signDigest(privateKey, hash as 'sha256' | 'sha512', digest)
  const verifiedDigestCrc32c = digestCrc32c === `${crc32c(digest)}`
  const signatureCrc32c = `${crc32c(signature)}`
  return { body: { signature: signature.toString('base64'), signatureCrc32c, verifiedDigestCrc32c } }
}

/** Azure Key Vault: a call without a token is answered with where to get one; bytes are base64url. */
export const answerAzure: StandIn = ({ url = '', headers }, input, { privateKey, publicKey }) => {
  const challenge = 'Bearer authorization="https://login.example.com/t", resource="https://vault.azure.net"'
  if (headers.authorization === undefined)
    return { status: 401, headers: { 'www-authenticate': challenge }, body: {} }
  const kid = `https://${headers.host}/keys/example/1`
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (!url.includes('/sign')) return { body: { key: { kid, kty: 'RSA', n, e, key_ops: ['sign', 'verify'] } } }
  const { alg, value } = input as Record<string, string>
  const digest = Buffer.from(value ?? '', 'base64url')
  const signature = signDigest(privateKey, alg === 'RS256' ? 'sha256' : 'sha512', digest)
  return { body: { kid, value: signature.toString('base64url') } }
}
