import type {
  CommonOptions,
  KeyRingEntry,
  PrivateKeyInput,
  Secret,
  SigningAlgorithm,
} from '@countersign/core'
import {
  type Checked,
  choiceField,
  commonFields,
  type Field,
  type FieldInfo,
  isText,
  keyField,
  listField,
  optionalField,
  secondsField,
  secretField,
  type TokenResponseShape,
  textField,
  urlField,
} from '@countersign/core/provider'
import { certificateBytes, type OAuthTimeClaim } from './oauth-claims.ts'

/**
 * What is exchanged for the token: `client_credentials` with a client assertion (RFC 7523, section 2.2),
 * `jwt-bearer` with the assertion as the grant (section 2.1), or `header-jwt`, a request without a body that has
 * the assertion in its `Authorization: Bearer` header.
 */
export type OAuthGrant = 'client_credentials' | 'jwt-bearer' | 'header-jwt'

/**
 * Returns the assertion for one token request: an ID token from a file or a metadata server, for example. What is
 * not text, or has white space in it, is refused with `CONFIG_INVALID` and not sent.
 */
export type OAuthAssertion = () => string | Promise<string>

/** Members of the token response, where they differ from RFC 6749, section 5.1. */
export type OAuthTokenResponse = Partial<Pick<TokenResponseShape, 'token' | 'expiry' | 'scheme'>>

interface OAuthCommonOptions extends CommonOptions {
  /** Where the API is: an absolute URL, https except on loopback. */
  baseUrl: string | URL
  /** The client id; `iss` of the assertion. */
  clientId: string
  /**
   * The issuer identifier of the authorization server, whose metadata names the token endpoint (RFC 8414): an
   * absolute URL, or `/` and a path below `baseUrl`. With `tokenUrl` no metadata is read.
   */
  issuer?: string | undefined
  /** The token endpoint: an absolute URL, or `/` and a path below `baseUrl`. Default: that of the issuer's metadata. */
  tokenUrl?: string | undefined
  /** What is exchanged. Default `client_credentials`. */
  grant?: OAuthGrant | undefined
  /**
   * The `aud` of the assertion; `issuer` and `token-endpoint` mean the server's own. Default: the issuer if
   * `issuer` is set, otherwise the token endpoint.
   */
  audience?: string | undefined
  /** The `sub` of the assertion. Default: the client id, except for `jwt-bearer` and `header-jwt`: none. */
  subject?: string | undefined
  /** The scope to ask for, separated by spaces; a field of the form. */
  scope?: string | undefined
  /** Resource indicators (RFC 8707); fields of the form. */
  resource?: string | readonly string[] | undefined
  /** More claims, as an object or its JSON text. They replace claims of the same name; `null` leaves one out. */
  claims?: Readonly<Record<string, unknown>> | string | undefined
  /** More fields of the form, as an object or its JSON text, such as the `audience` that Auth0 asks for. */
  parameters?: Readonly<Record<string, string>> | string | undefined
  /** A client secret, for servers that want one beside the assertion. */
  clientSecret?: string | Secret | undefined
  /** How long an assertion lives, in seconds, back-dating included. Default 300; at most 3600. */
  lifetimeSeconds?: number | undefined
  /** Further origins that the token may be sent to, for APIs on other hosts. */
  origins?: readonly string[] | undefined
  /** The member of the token response that names the address of the API, such as `instance_url`. */
  originFrom?: string | undefined
  /** Headers of every call of the API, such as `user-agent`, where the caller sets no other value. */
  headers?: Readonly<Record<string, string>> | string | undefined
  /**
   * Where the token response differs from RFC 6749, as an object or its JSON text. Its documented lifetime is
   * 3600 s unless set.
   */
  tokenResponse?: OAuthTokenResponse | string | undefined
}

interface OAuthSigningOptions extends OAuthCommonOptions {
  /** The algorithm of the assertion. Default RS256. */
  algorithm?: SigningAlgorithm | undefined
  /** The certificate of the key as PEM, or Base64 of its DER: its SHA-256 thumbprint becomes the header `x5t#S256`. */
  certificate?: string | undefined
  /**
   * The claims that hold the time at which the assertion was made: `iat`, `nbf` (RFC 7523, section 3) or both.
   * Default `['iat']`.
   */
  timeClaims?: readonly OAuthTimeClaim[] | undefined
  assertion?: undefined
}

/** A single key. */
export interface OAuthKeyOptions extends OAuthSigningOptions {
  /** The private key whose public half is registered: PEM, DER, JWK, Base64 of these, CryptoKey or SigningKey. */
  privateKey: PrivateKeyInput
  /** The key id, for servers that ask for one; the header `kid`. */
  keyId?: string | undefined
  privateKeys?: undefined
}

/** Several keys of one client, of which one signs at a time. */
export interface OAuthKeyRingOptions extends OAuthSigningOptions {
  /** The keys with their times. A key that the server refuses is replaced by another, with `key.refused`. */
  privateKeys: readonly KeyRingEntry[]
  keyId?: undefined
  privateKey?: undefined
}

/** An assertion that someone else signed: workload identity. */
export interface OAuthAssertionOptions extends OAuthCommonOptions {
  /** Called for every token request, so that a file that is replaced is read again. */
  assertion: OAuthAssertion
  privateKey?: undefined
  privateKeys?: undefined
  keyId?: undefined
  algorithm?: undefined
  certificate?: undefined
  timeClaims?: undefined
}

/** Options of `createOAuth`. */
export type OAuthOptions = OAuthKeyOptions | OAuthKeyRingOptions | OAuthAssertionOptions

/** An absolute URL or a path below the base URL; its spelling is kept, since an issuer is compared exactly. */
function addressField(info: FieldInfo): Field<string> {
  const url = urlField(info)
  return {
    ...url,
    check(value) {
      if (typeof value === 'string' && /^\/(?!\/)[^?#\s]*$/.test(value)) return { value }
      const checked = url.check(value)
      return 'problem' in checked
        ? { problem: `${checked.problem}, or a path that begins with \`/\`` }
        : { value: String(value) }
    },
  }
}

/** A path is below the base URL; anything else is an address already. */
export function toAddress(address: string, baseUrl: string): string {
  if (!address.startsWith('/')) return address
  return address === '/' ? baseUrl : `${baseUrl}${address}`
}

/** An object, or its JSON text as flags and variables have it. */
function objectField<Value>(
  info: { title: string; help: string; example: string },
  isMember: (value: unknown) => boolean = () => true,
): Field<Readonly<Record<string, Value>>> {
  return {
    ...textField(info),
    check(value): Checked<Readonly<Record<string, Value>>> {
      const parsed = typeof value === 'string' ? parseJson(value) : value
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
        return { problem: 'is not an object or the JSON text of one' }
      // What is left undefined must not take the place of a default.
      const members = Object.entries(parsed).filter(([, member]) => member !== undefined)
      if (!members.every(([, member]) => isMember(member)))
        return { problem: 'has a member that is not a string' }
      return { value: Object.fromEntries(members) as Record<string, Value> }
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The same field for values with which this holds too. */
function refinedField<Value, Narrow extends Value>(
  of: Field<Value>,
  holds: (value: Value) => value is Narrow,
  problem: string,
): Field<Narrow> {
  return {
    ...of,
    check(value) {
      const checked = of.check(value)
      if ('problem' in checked) return checked
      return holds(checked.value) ? { value: checked.value } : { problem }
    },
  }
}

/** Every option: its label, help and check. */
export const oauthFields: Omit<typeof commonFields, 'baseUrl'> & {
  clientId: Field<string>
  tokenUrl: Field<string | undefined>
  issuer: Field<string | undefined>
  privateKey: Field<PrivateKeyInput>
  keyId: Field<string | undefined>
  algorithm: Field<SigningAlgorithm | undefined>
  certificate: Field<string | undefined>
  timeClaims: Field<readonly OAuthTimeClaim[] | undefined>
  assertion: Field<OAuthAssertion | undefined>
  grant: Field<OAuthGrant | undefined>
  audience: Field<string | undefined>
  subject: Field<string | undefined>
  scope: Field<string | undefined>
  resource: Field<readonly string[] | undefined>
  claims: Field<Readonly<Record<string, unknown>> | undefined>
  parameters: Field<Readonly<Record<string, string>> | undefined>
  clientSecret: Field<Secret | undefined>
  lifetimeSeconds: Field<number>
  origins: Field<readonly string[] | undefined>
  originFrom: Field<string | undefined>
  headers: Field<Readonly<Record<string, string>> | undefined>
  tokenResponse: Field<OAuthTokenResponse | undefined>
  baseUrl: Field<string>
} = {
  ...commonFields,
  clientId: textField({
    title: 'Client id',
    help: 'The id that the authorization server gave the client; iss of the assertion.',
    example: 'example-client',
  }),
  tokenUrl: optionalField(
    addressField({
      title: 'Token URL',
      help: 'The token endpoint: an absolute URL, or / and a path below the base URL.',
      example: 'https://login.example.com/oauth2/token',
      alternative: 'issuer',
    }),
  ),
  issuer: optionalField(
    addressField({
      title: 'Issuer',
      help: 'The authorization server, whose metadata names the token endpoint.',
      example: 'https://login.example.com',
    }),
  ),
  privateKey: keyField('private-key', {
    title: 'Private key',
    help: 'RSA, 2048 bits or more; its public half is registered with the authorization server.',
  }),
  keyId: optionalField(
    textField({
      title: 'Key id',
      help: 'The kid of the assertion, for servers that ask for one.',
      example: 'example-key-1',
    }),
  ),
  algorithm: optionalField(
    choiceField({
      title: 'Algorithm',
      help: 'The algorithm of the assertion; RS256 unless set.',
      choices: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    }),
  ),
  certificate: optionalField({
    ...textField({
      title: 'Certificate',
      help: 'The certificate of the key as PEM or Base64, for servers that ask for x5t#S256.',
      example: 'MIIDdzCCAl8=',
    }),
    check: (value) =>
      typeof value === 'string' && certificateBytes(value) !== undefined
        ? { value }
        : { problem: 'is not a certificate as PEM or Base64' },
  }),
  timeClaims: optionalField(
    refinedField(
      listField({
        title: 'Time claims',
        help: 'The claims with the time of the assertion: iat, nbf or both; iat unless set.',
        example: 'iat',
      }),
      (names): names is readonly OAuthTimeClaim[] => names.every((name) => name === 'iat' || name === 'nbf'),
      'has an item other than `iat` and `nbf`',
    ),
  ),
  assertion: {
    title: 'Assertion',
    help: 'A function that returns an assertion that someone else signed.',
    kind: 'code',
    required: false,
    check: (value) =>
      value === undefined || typeof value === 'function'
        ? { value: value as OAuthAssertion | undefined }
        : { problem: 'is not a function' },
  },
  grant: optionalField(
    choiceField({
      title: 'Grant',
      help: 'What is exchanged for the token; client_credentials unless set.',
      choices: ['client_credentials', 'jwt-bearer', 'header-jwt'],
    }),
  ),
  audience: optionalField(
    textField({
      title: 'Audience',
      help: 'The aud of the assertion; issuer and token-endpoint mean the own ones of the server.',
      example: 'https://login.example.com',
    }),
  ),
  subject: optionalField(
    textField({
      title: 'Subject',
      help: 'The sub of the assertion, where it is not the client id.',
      example: 'user@example.com',
    }),
  ),
  scope: optionalField(
    textField({ title: 'Scope', help: 'The scope to ask for, separated by spaces.', example: 'read write' }),
  ),
  resource: optionalField({
    ...listField({
      title: 'Resource',
      help: 'Resource indicators (RFC 8707).',
      example: 'https://api.example.com',
    }),
    check: (value) =>
      listField({ title: 'Resource', help: '' }).check(typeof value === 'string' ? [value] : value),
  }),
  claims: optionalField(
    objectField({
      title: 'Claims',
      help: 'More claims of the assertion; null leaves one out.',
      example: '{"tenant":"example"}',
    }),
  ),
  parameters: optionalField(
    objectField<string>(
      {
        title: 'Parameters',
        help: 'More fields of the form.',
        example: '{"audience":"https://api.example.com"}',
      },
      (value) => typeof value === 'string',
    ),
  ),
  clientSecret: optionalField(
    secretField({ title: 'Client secret', help: 'For servers that want one beside the assertion.' }),
  ),
  lifetimeSeconds: secondsField({
    title: 'Lifetime',
    help: 'How long an assertion lives: at most 3600 s.',
    defaultValue: 300,
    max: 3600,
  }),
  origins: optionalField(
    refinedField(
      listField({
        title: 'Origins',
        help: 'Further origins that the token may be sent to.',
        example: 'https://files.example.com',
      }),
      (origins): origins is readonly string[] =>
        origins.every((text) => URL.canParse(text) && new URL(text).origin === text),
      'has an item that is not an origin',
    ),
  ),
  originFrom: optionalField(
    textField({
      title: 'Origin member',
      help: 'The member of the token response that names the address of the API.',
      example: 'instance_url',
    }),
  ),
  headers: optionalField(
    objectField<string>(
      { title: 'Headers', help: 'Headers of every call of the API.', example: '{"user-agent":"example/1"}' },
      (value) => typeof value === 'string',
    ),
  ),
  tokenResponse: optionalField(
    refinedField(
      objectField({
        title: 'Token response',
        help: 'Where the token response differs from RFC 6749.',
        example: '{"token":"token","expiry":{"member":"expires_at","form":"iso"}}',
      }),
      isTokenResponse,
      'is not an object with `token`, `scheme` and `expiry`',
    ),
  ),
  baseUrl: urlField({ title: 'Base URL', help: 'Where the API is.', example: 'https://api.example.com' }),
}

const forms = ['seconds', 'epoch-ms', 'epoch-seconds', 'iso']

function isTokenResponse(value: Readonly<Record<string, unknown>>): value is OAuthTokenResponse {
  const { token, scheme, expiry, ...others } = value
  return (
    Object.keys(others).length === 0 &&
    (token === undefined || isText(token)) &&
    (scheme === undefined || scheme === 'Bearer' || scheme === 'token_type') &&
    (expiry === undefined || isExpiry(expiry))
  )
}

function isExpiry(value: unknown): boolean {
  const { member, form, documentedSeconds } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (!isText(member) || !forms.includes(form as string)) return false
  return (
    form !== 'seconds' ||
    (typeof documentedSeconds === 'number' && Number.isFinite(documentedSeconds) && documentedSeconds > 0)
  )
}
