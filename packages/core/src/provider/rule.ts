import type { JwtClaims, JwtHeader } from '../jwt/claims.ts'

/** The endpoint of a provider that a request goes to: where tokens are issued, where they are refreshed, or the API. */
export type Endpoint = 'token' | 'refresh' | 'api'

/** A request as it went over the wire. */
export interface CapturedRequest {
  method: string
  /** Path and query, byte for byte. */
  target: string
  headers: Headers
  body: Uint8Array
}

/** What rules judge. What is not known is left out, and the rules about it are not judged. */
export interface RuleInput {
  /** The time of judgement, epoch milliseconds. */
  now: number
  request?: CapturedRequest | undefined
  /** Lower-case hex SHA-256 of the request's body. */
  bodySha256?: string | undefined
  /** Fields of a form or members of a JSON body. */
  fields?: Record<string, unknown> | undefined
  /** The scheme of the `Authorization` header; empty when the request has no such header. */
  scheme?: string | undefined
  /** What the credential is: the client assertion of a token request, otherwise what follows the scheme. */
  credential?: 'none' | 'opaque' | 'jwt' | undefined
  /** The credential, decoded, when it is a JWT. */
  jwt?: { header: JwtHeader; claims: JwtClaims } | undefined
  /** Whether the JWT's signature matches the registered public key. */
  signature?: boolean | undefined
  /**
   * Why no key can verify the token: the signature is missing, not base64url or not as long as one of RSA, or the
   * header has a member that verifiers refuse, such as `crit`.
   */
  signatureFault?: 'missing' | 'encoding' | 'length' | 'header' | undefined
  /** Whether the one-time value of the proof was used before. */
  replayed?: boolean | undefined
  /** The state of a token that the provider issued. */
  issued?: 'live' | 'expired' | 'unknown' | undefined
  /** Whether the identity in the request is registered. */
  known?: boolean | undefined
  /** The values of `aud` by which the server knows itself. */
  audiences?: readonly string[] | undefined
  /** The provider's environment, where rules differ by it. */
  environment?: string | undefined
  /** The endpoint that the request went to; rules of the others are not judged. */
  endpoint?: Endpoint | undefined
  /** Whether the signature is an HMAC with the text of the public key as its secret. */
  publicKeyAsSecret?: boolean | undefined
  /** Whether the token held line breaks, which were taken out. */
  hadLineBreaks?: boolean | undefined
  /** Other forms of the request's body, one of which may have been hashed instead. */
  otherBodies?: readonly OtherBody[] | undefined
}

/** Bytes that may have been hashed instead of the body: a description, and their lower-case hex SHA-256. */
export interface OtherBody {
  what: string
  sha256: string
}

/** `required`: a request that breaks the rule is refused. `advised`: the provider's own published code breaks it. */
export type Severity = 'required' | 'advised'

/** One requirement of a provider. */
export interface Rule {
  /** Stable: `<provider>.<what>`. */
  id: string
  endpoint: Endpoint
  /** What must hold, as a sentence with "must". */
  requirement: string
  /** What was found in an input that breaks the rule, as a sentence in the past tense. Contains no credential. */
  failure(input: RuleInput): string
  /** The page that states the requirement. */
  source: string
  /** The claims and header members of the JWT that the rule concerns. */
  claims: readonly string[]
  severity: Severity
  /** `true` when kept, `false` when broken, `undefined` when the input does not show it. Never throws. */
  check(input: RuleInput): boolean | undefined
}

/** A rule and the judgement of it. */
export interface Verdict
  extends Pick<Rule, 'id' | 'endpoint' | 'requirement' | 'source' | 'claims' | 'severity'> {
  /** What was found; only where the rule is broken. */
  failure?: string | undefined
  /** `null` when the rule was not judged. */
  kept: boolean | null
}
