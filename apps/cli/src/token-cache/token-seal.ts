/** What the key is derived with (HKDF, RFC 5869); a change makes every kept token unreadable. */
const salt = 'countersign/token-cache'
const info = 'countersign/token-cache/v1/A256GCM'

/** Closes text so that the same secret alone opens it. */
export interface TokenSeal {
  /** A compact JWE (RFC 7516) by `dir` and A256GCM. */
  close(text: string): Promise<string>
  /** Throws for what this secret did not close. */
  open(sealed: string): Promise<string>
  /** Does ahead what the first use would wait for. */
  prepare(): Promise<unknown>
}

/**
 * A seal whose key is derived from a credential by HKDF-SHA-256: someone who finds a sealed token needs the
 * credential itself to read it, and has no use for it then.
 */
export function createTokenSeal(secret: Uint8Array): TokenSeal {
  let derived: Promise<Uint8Array> | undefined
  const key = () => {
    derived ??= deriveKey(secret)
    return derived
  }
  return {
    prepare: () =>
      Promise.all([key(), import('jose/jwe/compact/encrypt'), import('jose/jwe/compact/decrypt')]),
    async close(text) {
      const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
      const sealing = new CompactEncrypt(new TextEncoder().encode(text))
      return sealing.setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(await key())
    },
    async open(sealed) {
      const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
      const { plaintext } = await compactDecrypt(sealed, await key(), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return new TextDecoder().decode(plaintext)
    },
  }
}

async function deriveKey(secret: Uint8Array): Promise<Uint8Array> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const material = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveBits'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: bytes(salt), info: bytes(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(how, material, 256))
}
