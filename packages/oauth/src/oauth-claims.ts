import type { UnsignedJwt } from '@countersign/core'
import { fromBase64, lifetimeClaims, sha256, toBase64Url } from '@countersign/core/provider'

/** A claim that holds the time at which the assertion was made, back-dating included. */
export type OAuthTimeClaim = 'iat' | 'nbf'

/** The input of an assertion. */
export interface OAuthAssertionInput {
  algorithm: string
  keyId?: string | undefined
  /** The SHA-256 thumbprint of the certificate, base64url. */
  thumbprint?: string | undefined
  /** `iss`: the client id. */
  issuer: string
  /** `sub`; left out when it is undefined. */
  subject: string | undefined
  /** `aud`. */
  audience: string
  lifetimeSeconds: number
  backdateSeconds: number
  /** Unique for every assertion. */
  jti: string
  /** The claims that say when the assertion was made. */
  timeClaims: readonly OAuthTimeClaim[]
  /** More claims; they win over those above, and one that is `null` is left out. */
  claims?: Readonly<Record<string, unknown>> | undefined
}

/** Header and claims of an assertion (RFC 7523, section 3) at `now`, epoch milliseconds. */
export function oauthClaims(input: OAuthAssertionInput, now: number): UnsignedJwt {
  const { algorithm, keyId, thumbprint, issuer, subject, audience, jti, timeClaims } = input
  const { iat, exp } = lifetimeClaims(input, now)
  const times = Object.fromEntries(timeClaims.map((name) => [name, iat]))
  const all = { iss: issuer, sub: subject, aud: audience, ...times, exp, jti, ...input.claims }
  return {
    header: {
      alg: algorithm,
      typ: 'JWT',
      ...(keyId === undefined ? {} : { kid: keyId }),
      ...(thumbprint === undefined ? {} : { 'x5t#S256': thumbprint }),
    },
    claims: Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined && value !== null),
    ),
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----([\w+/=\s]+)-----END CERTIFICATE-----/

/** The DER bytes of the first certificate in a PEM text, or of their Base64; `undefined` when there is none. */
export function certificateBytes(text: string): Uint8Array | undefined {
  const [, body = text] = pemCertificate.exec(text) ?? []
  const bytes = fromBase64(body)
  // A certificate is a SEQUENCE (RFC 5280, section 4.1).
  return bytes?.[0] === 0x30 ? bytes : undefined
}

/** `x5t#S256` (RFC 7515, section 4.1.8): the SHA-256 of the certificate's DER, base64url. */
export async function certificateThumbprint(der: Uint8Array): Promise<string> {
  return toBase64Url(await sha256(der))
}
