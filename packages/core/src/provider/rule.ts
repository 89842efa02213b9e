import type { JwtClaims, JwtHeader } from '../jwt/claims.ts'

/** At which of a provider's doors a rule is asked for: where tokens are got, renewed, or used. */
export type Endpoint = 'token' | 'refresh' | 'api'

/** The request that is judged, as it came over the wire. */
export interface CapturedRequest {
  method: string
  /** Path and query, byte for byte. */
  target: string
  headers: Headers
  body: Uint8Array
  /** Lower-case hex SHA-256 of the body. */
  bodySha256: string
}

/** What is known when a provider's rules are asked. What is not known is left out, and its rules stay open. */
export interface RuleInput {
  /** The judge's time, epoch milliseconds. */
  now: number
  /** The word before the credential in `Authorization`. */
  scheme?: string | undefined
  /** The JWT that is judged, as far as it can be read. */
  jwt?: { header: JwtHeader; claims: JwtClaims } | undefined
  /** Whether the JWT's signature holds against the key that was registered. */
  signature?: boolean | undefined
  /** Why the JWT's signature can hold against no key: there is none, or it is not spelled in base64url. */
  signatureFault?: 'missing' | 'spelling' | undefined
  request?: CapturedRequest | undefined
  /** Fields of a form or members of a JSON body. */
  fields?: Record<string, unknown> | undefined
  /** Whether the one-time value of the proof was used before. */
  replayed?: boolean | undefined
  /** What the provider knows of a token that it issued itself. */
  issued?: 'live' | 'expired' | 'unknown' | undefined
  /** The provider's environment, where its demands differ by it. */
  environment?: string | undefined
  /** Whether the identity that is named is registered. */
  known?: boolean | undefined
  /** At which door the evidence was; rules of the other doors stay open. */
  endpoint?: Endpoint | undefined
  /** Whether the JWT's signature is an HMAC whose secret is the text of the public key. */
  publicKeyAsSecret?: boolean | undefined
  /** Other forms of the request's body, one of which may have been hashed in its place. */
  otherBodies?: readonly OtherBody[] | undefined
}

/** Bytes that could have been meant by a body: what they are, in words, and their lower-case hex SHA-256. */
export interface OtherBody {
  what: string
  sha256: string
}

/** One demand of a provider. */
export interface Rule {
  /** Stable: `<provider>.<what>`. */
  id: string
  endpoint: Endpoint
  /** The demand, as a sentence. */
  sentence: string
  /** Where the provider says so. */
  source: string
  /** `true` when kept, `false` when broken, `undefined` when the evidence does not tell. Never throws. */
  check(ruleInput: RuleInput): boolean | undefined
}

/** A rule with the answer to it; `null` where it cannot be judged from what was given. */
export interface Verdict {
  id: string
  sentence: string
  source: string
  kept: boolean | null
}
