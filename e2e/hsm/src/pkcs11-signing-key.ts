import type { SigningKey } from '@countersign/core'
import pkcs11 from 'pkcs11js'

/**
 * Where a key is: a session that is logged in, and the label that both halves
 * of the key have.
 */
export interface Pkcs11Key {
  library: pkcs11.PKCS11
  session: pkcs11.Handle
  label: string
  algorithm: 'RS256' | 'RS512'
  keyId?: string
}

/**
 * A signing key that stays in the token. Throws when the token has no such key.
 */
export function createPkcs11SigningKey(options: Pkcs11Key): SigningKey {
  const { library, session, label, algorithm, keyId } = options
  const find = (type: number) => {
    library.C_FindObjectsInit(session, [
      { type: pkcs11.CKA_CLASS, value: type },
      { type: pkcs11.CKA_LABEL, value: label },
    ])
    const found = library.C_FindObjects(session)
    library.C_FindObjectsFinal(session)
    if (found === null)
      throw new Error(`The token has no key with the label ${label}`)
    return found
  }
  const privateKey = find(pkcs11.CKO_PRIVATE_KEY)
  const [modulus, exponent] = library.C_GetAttributeValue(
    session,
    find(pkcs11.CKO_PUBLIC_KEY),
    [{ type: pkcs11.CKA_MODULUS }, { type: pkcs11.CKA_PUBLIC_EXPONENT }],
  )
  // The token hashes and writes the DigestInfo. CKM_RSA_PKCS does neither.
  const mechanism =
    algorithm === 'RS256'
      ? pkcs11.CKM_SHA256_RSA_PKCS
      : pkcs11.CKM_SHA512_RSA_PKCS
  let before: Promise<unknown> = Promise.resolve()
  return {
    algorithm,
    ...(keyId === undefined ? {} : { keyId }),
    publicJwk: {
      kty: 'RSA',
      n: toBase64Url(modulus?.value),
      e: toBase64Url(exponent?.value),
    },
    sign(data) {
      // A session does one thing at a time: the next signature waits for the
      // one before it.
      const signature = before.then(() => {
        library.C_SignInit(session, { mechanism }, privateKey)
        return library.C_SignAsync(
          session,
          Buffer.from(data),
          Buffer.alloc(1024),
        )
      })
      before = signature.catch(() => undefined)
      return signature
    },
  }
}

/**
 * PKCS#11 numbers are big-endian and may have a zero in front, which a JWK has
 * not.
 */
function toBase64Url(value: unknown): string {
  const bytes = value as Buffer
  return bytes
    .subarray(bytes.findIndex((byte) => byte !== 0))
    .toString('base64url')
}
