import type { Auth } from '../auth/create-auth.ts'
import type { Fields } from '../fields.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import type { Token } from '../token/token.ts'
import type { Mistake } from './mistake.ts'
import type { Endpoint, Rule, RuleInput } from './rule.ts'

/** An {@link Auth} of any provider, as tools use it. */
export interface ProviderAuth extends Auth {
  /** The token, wherever there is one. */
  token?(): Promise<Token>
}

/** What a provider's keys should be like, and where their public half goes. */
export interface KeyAdvice {
  /** Size of the modulus. */
  readonly bits: 2048 | 3072 | 4096
  /** Whether the provider's own instructions make a certificate request too. */
  readonly csr?: boolean
  /** How the public key is handed over: the PEM file, or the Base64 of the whole file. */
  readonly publicForm: 'pem' | 'base64'
  /** What to send to whom, and what comes back; and what of this is not documented. */
  readonly sendTo: string
  /** The vendor's page about it. */
  readonly source: string
}

/** What is special about sending a request again. */
export interface RetryAdvice {
  /** The header by which a POST that is sent twice takes effect once. */
  readonly idempotencyHeader?: string
  /** What `X-Ratelimit-Reset` counts. Default seconds. */
  readonly rateLimitReset?: 'seconds' | 'milliseconds'
}

/** What tools know of a provider: enough to ask for its options, use it and explain it. */
export interface Provider {
  /** In lower case: the name of the package, of the variables and of the command's argument. */
  readonly id: string
  /** The name that people know. */
  readonly title: string
  /** One sentence: how it authenticates. */
  readonly summary: string
  /** The vendor's page about it. */
  readonly docs: string
  /** The options, by name. */
  readonly fields: Fields
  /** Options of which one set is needed, where there are several kinds of credentials. */
  readonly credentialSets: readonly (readonly string[])[]
  /** The algorithm of what the caller signs, where the caller signs. */
  readonly algorithm?: SigningAlgorithm
  /** The documented base URL, by environment. */
  readonly baseUrls: Readonly<Record<string, string>>
  /** The base URL's path, by which emulators on one port are told apart. */
  readonly basePath: string
  /** A request that reads and changes nothing. */
  readonly example: { readonly method: string; readonly path: string }
  readonly rules: readonly Rule[]
  /**
   * At which door a request is; `path` is the address behind the base URL, such as `/token`. Without it every
   * request is one of the API's.
   */
  endpointOf?(method: string, path: string): Endpoint
  /** Whether something in the evidence is this provider's own, however many rules are broken: it is guessed by it. */
  isOwn?(ruleInput: RuleInput): boolean
  /** Mistakes that people make with this provider; one with a general mistake's id takes that one's place. */
  readonly mistakes?: readonly Mistake[]
  /** What its keys should be like, where there are keys. */
  readonly keyAdvice?: KeyAdvice
  /** How requests are sent again, where the provider says something about it. */
  readonly retry?: RetryAdvice
  /**
   * Options out of the text of a file that the provider hands out, where it hands out one.
   *
   * @throws {ConfigError} `CONFIG_INVALID` when it is another file.
   */
  readCredentials?(text: string): Readonly<Record<string, unknown>>
  /** The factory, for options that came from flags, files or forms. */
  create(options: Record<string, unknown>): ProviderAuth
}
