import type { Auth, TokenAuth } from '../auth/create-auth.ts'
import type { Pagination } from '../http/pages.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import type { TokenResponseShape } from '../oauth/token-response.ts'
import type { Fields } from './fields.ts'
import type { Endpoint, Rule, RuleInput, Severity } from './rule.ts'

/** What proves a call: a token that serves until it expires, or a proof made for each request. */
export type Proof = 'token' | 'request'

/** The {@link Auth} of a provider: only one whose proof is a token has `token()`. */
export type ProviderAuth<Kind extends Proof = Proof> = Kind extends 'token'
  ? TokenAuth
  : Auth & { token?: never }

/** What a provider's keys should be like, and where their public half goes. */
export interface KeyAdvice {
  /** Size of the modulus. */
  readonly bits: 2048 | 3072 | 4096
  /** Whether the provider's own instructions make a certificate request too. */
  readonly csr?: boolean
  /** How the public key is handed over: the PEM file, or the Base64 of the whole file. */
  readonly publicForm: 'pem' | 'base64'
  /** Where to send the key and what to expect back, including what is not documented. */
  readonly sendTo: string
  /** The vendor's page about it. */
  readonly source: string
}

/** How requests to a provider can be retried. */
export interface RetryAdvice {
  /** The header that makes a repeated POST take effect once. */
  readonly idempotencyHeader?: string
  /** What `X-Ratelimit-Reset` counts. Default seconds. */
  readonly rateLimitReset?: 'seconds' | 'milliseconds'
}

/** What identifies the requests and tokens of one provider. */
export interface ProviderMarks {
  /** Claims: with any value, or with a value that contains this text. */
  readonly claims?: Readonly<Record<string, true | string>>
  /** Schemes of `Authorization`, in lower case. */
  readonly schemes?: readonly string[]
  /** Fields of a form or members of a JSON body. */
  readonly fields?: readonly string[]
  /** Hosts besides those of the base URLs. */
  readonly hosts?: readonly string[]
  /** Parts of paths. */
  readonly paths?: readonly string[]
}

/** A request that the provider refuses although it was sent before. */
export interface FlowMistake {
  /** What is sent, in a few words: `the same assertion again`. */
  readonly what: string
  /** Which request of the flow is sent again. Default: the last. */
  readonly request?: 'first' | 'last'
  /** What is different in it. The path follows the base URL; scheme and credential are those of `Authorization`. */
  readonly change?: {
    readonly method?: string
    readonly path?: string
    readonly body?: string
    readonly scheme?: string
    readonly credential?: string
  }
}

/** What demonstrations show of one set of credentials. */
export interface FlowInfo {
  /** A short name, where the provider's title is long or there are several sets. */
  readonly title?: string
  /** Default: a token that was never issued. */
  readonly mistake?: FlowMistake
}

/** A mistake that was found: what happened, how to fix it, and the source. */
export interface FoundMistake {
  id: string
  sentence: string
  /** What to do about it. */
  fix: string
  /** The standard, or the vendor's page. */
  source: string
  /** `advised`: worth correcting, but not why a request is refused. Default `required`. */
  severity?: Severity
}

/** A common mistake. It explains why rules are broken; it is not a rule. */
export interface Mistake {
  /** Stable: `jwt.<what>`, `request.<what>` or `<provider>.<what>`. */
  id: string
  /** The finding when the input shows the mistake, otherwise `undefined`. Pure; never throws. */
  find(input: RuleInput, provider: Provider): Omit<FoundMistake, 'id'> | undefined
}

/** The version of {@link Provider} that this version of core describes. It changes when older tools cannot read it. */
export const providerVersion = 1

/**
 * The description of a provider that tools use to ask for its options, use it and explain it. `proof` separates
 * those whose Auth has `token()`: `Provider<'token'>` and `Provider<'request'>`.
 */
export type Provider<Kind extends Proof = Proof> = Kind extends Proof ? ProviderOf<Kind> : never

interface ProviderOf<Kind extends Proof> {
  /** The version of this description. Default 1, the only one so far. */
  readonly descriptorVersion?: typeof providerVersion
  /** In lower case: the name of the package, of the variables and of the command's argument. */
  readonly id: string
  /** The display name. */
  readonly title: string
  /** One sentence: how it authenticates. */
  readonly summary: string
  /** The vendor's page about it. */
  readonly docs: string
  /** The options, by name. */
  readonly fields: Fields
  /** Options of which one set is needed, where there are several kinds of credentials. */
  readonly credentialSets: readonly (readonly string[])[]
  /** What demonstrations show of each set, in the order of the sets. */
  readonly flows?: readonly FlowInfo[]
  /** The algorithm of what the caller signs, where the caller signs. */
  readonly algorithm?: SigningAlgorithm
  /** The documented base URL, by environment. Of several, the option `environment` chooses one by its name. */
  readonly baseUrls: Readonly<Record<string, string>>
  /** What the provider serves at an origin of its own, such as an MCP server, by name: `{ mcpUrl: 'https://…' }`. */
  readonly otherUrls?: Readonly<Record<string, string>>
  /** The base URL's path, by which emulators on one port are told apart. */
  readonly basePath: string
  /** A request that reads and changes nothing. */
  readonly example: { readonly method: string; readonly path: string }
  readonly rules: readonly Rule[]
  readonly proof: Kind
  /**
   * The endpoint of a request; `path` is the path after the base URL, such as `/token`, and `fields` are those of
   * its body, where it is at hand. Without it every request goes to the API.
   */
  endpointOf?(method: string, path: string, fields?: Readonly<Record<string, unknown>>): Endpoint
  /** The shape of a token response, where something is exchanged. */
  readonly tokenResponse?: TokenResponseShape
  /**
   * The JSON that a request would be answered with, for dry runs; `now` is epoch milliseconds. It is needed where
   * a token response depends on the options, or where something is read before a token is requested, such as the
   * metadata of a server. Without it every request gets an example of `tokenResponse`.
   */
  exampleResponse?(
    request: { readonly method: string; readonly url: URL },
    options: Readonly<Record<string, unknown>>,
    now: number,
  ): unknown
  /** What only this provider's requests have, by which it is recognised. */
  readonly marks?: ProviderMarks
  /** Mistakes that people make with this provider; one with a general mistake's id replaces that one. */
  readonly mistakes?: readonly Mistake[]
  /** What its keys should be like, where there are keys. */
  readonly keyAdvice?: KeyAdvice
  /** How requests can be retried, if the provider documents it. */
  readonly retry?: RetryAdvice
  /** How its lists are split into pages, if the provider documents it. */
  readonly pagination?: Pagination
  /**
   * Reads options from a credentials file, if the provider issues one.
   *
   * @throws {ConfigError} `CONFIG_INVALID` when it is another file.
   */
  readCredentials?(text: string): Readonly<Record<string, unknown>>
  /** The text of such a file: what `readCredentials` reads. */
  writeCredentials?(options: Readonly<Record<string, unknown>>): string
  /** The factory, for options that came from flags, files or forms. */
  create(options: Record<string, unknown>): ProviderAuth<Kind>
}
