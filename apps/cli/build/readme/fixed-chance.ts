import { createHash } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'

/**
 * Takes chance out of this process: ids follow from the seed, and new keys are the published test keys.
 * Only for a process whose output is shown.
 */
export function fixChance(seed: string): void {
  let count = 0
  crypto.randomUUID = () => toUuid(createHash('sha256').update(`${seed} ${count++}`).digest('hex'))
  const { subtle } = crypto
  const generate = async ({ modulusLength }: RsaHashedKeyGenParams): Promise<CryptoKeyPair> => {
    const { privateKey, publicKey } = modulusLength === 4096 ? fixedKeys.rsa4096 : fixedKeys.rsa2048
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    return {
      privateKey: await subtle.importKey('pkcs8', toDer(privateKey), algorithm, true, ['sign']),
      publicKey: await subtle.importKey('spki', toDer(publicKey), algorithm, true, ['verify']),
    }
  }
  Object.defineProperty(subtle, 'generateKey', { value: generate })
}

function toUuid(hex: string): `${string}-${string}-${string}-${string}-${string}` {
  const part = (from: number, to: number) => hex.slice(from, to)
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-a${part(17, 20)}-${part(20, 32)}`
}

function toDer(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))
}
