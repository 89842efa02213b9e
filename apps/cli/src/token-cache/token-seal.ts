import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** What the key is derived with (HKDF, RFC 5869); a change makes every kept token unreadable. */
const salt = 'countersign/token-cache'
const info = 'countersign/token-cache/v1/A256GCM'

/** The protected header of a compact JWE (RFC 7516) by `dir` and A256GCM, as it is written and accepted. */
const header = Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')
const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/** Closes text so that the same secret alone opens it. */
export interface TokenSeal {
  /** A compact JWE by `dir` and A256GCM. */
  close(text: string): string
  /** Throws for what this secret did not close. */
  open(sealed: string): string
}

/**
 * A seal whose key is derived from a credential by HKDF-SHA-256: someone who finds a sealed token needs the
 * credential itself to read it, and has no use for it then. It is synchronous, as WebCrypto is not: see
 * `numbered-files.ts`.
 */
export function createTokenSeal(secret: Uint8Array): TokenSeal {
  const key = new Uint8Array(hkdfSync('sha256', secret, salt, info, 32))
  return {
    close(text) {
      const iv = randomBytes(ivBytes)
      const sealing = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(header))
      const content = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
      const parts = [iv, content, sealing.getAuthTag()].map((part) => part.toString('base64url'))
      return [header, '', ...parts].join('.')
    },
    open(sealed) {
      const [found, encryptedKey, ...parts] = sealed.split('.')
      const [iv, content, tag, ...more] = parts.map((part) => Buffer.from(part, 'base64url'))
      if (found !== header || encryptedKey !== '' || tag === undefined || more.length > 0 || !iv || !content)
        throw new Error('This is not a sealed token.')
      const opening = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes })
      opening.setAAD(Buffer.from(header)).setAuthTag(tag)
      return Buffer.concat([opening.update(content), opening.final()]).toString()
    },
  }
}
