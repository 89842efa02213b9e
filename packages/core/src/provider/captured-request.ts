import { sha256 } from '#sha256'
import { isBase64Url, toHex } from '../base/encoding.ts'
import { type JwtHeader, unwantedMember } from '../jwt/claims.ts'
import { decodeJwt } from '../jwt/decode-jwt.ts'
import { verifyJws } from '../jwt/verify.ts'
import type { PublicKeyInput } from '../keys/import-public-key.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import type { Provider } from './provider.ts'
import type { CapturedRequest, Endpoint, RuleInput } from './rule.ts'

/** Options of {@link toRuleInput}. */
export interface ToRuleInputOptions {
  /** Epoch milliseconds. */
  now: number
  /** Whose rules will judge: sets endpoint and environment, and the algorithm for `publicKey`. */
  provider?: Pick<Provider, 'id' | 'baseUrls' | 'basePath' | 'endpointOf' | 'algorithm'> | undefined
  /** The base URL that the request was made for, when it is not the provider's own. */
  baseUrl?: string | undefined
  /** The endpoint, where the caller knows it better than the request's path shows. */
  endpoint?: Endpoint | undefined
  /** The provider's environment, where the request's host does not show it. */
  environment?: string | undefined
  /** The registered key, to judge the signature; needs a `provider` with an algorithm. */
  publicKey?: PublicKeyInput | undefined
}

/**
 * What a request shows to a provider's rules. The one way from a request to a {@link RuleInput}.
 *
 * @example
 * ```ts
 * import { type CapturedRequest, toRuleInput } from '@countersign/core/provider'
 *
 * const request: CapturedRequest = {
 *   method: 'GET',
 *   target: '/v1/ping',
 *   headers: new Headers({ authorization: 'Bearer abc' }),
 *   body: new Uint8Array(),
 * }
 * const { scheme, credential } = await toRuleInput(request, { now: Date.now() }) // 'Bearer', 'opaque'
 * ```
 *
 * @throws {KeyError} when `publicKey` cannot be read.
 */
export async function toRuleInput(
  request: CapturedRequest,
  { now, provider, baseUrl, endpoint, environment, publicKey }: ToRuleInputOptions,
): Promise<RuleInput> {
  const { headers, body } = request
  const fields = readFields(headers, body)
  const shownEndpoint =
    endpoint ?? (provider === undefined ? undefined : endpointOf(provider, request, baseUrl))
  const token = credentialOf(request, shownEndpoint)
  const jwt = readJwt(token)
  const algorithm = provider?.algorithm
  return {
    now,
    request,
    bodySha256: await sha256Hex(body),
    fields,
    scheme: readAuthorization(headers).scheme,
    credential: jwt !== undefined ? 'jwt' : token === '' ? 'none' : 'opaque',
    jwt,
    signature:
      jwt === undefined || publicKey === undefined || algorithm === undefined
        ? undefined
        : await signatureHolds(token, publicKey, algorithm),
    signatureFault: jwt === undefined ? undefined : signatureFaultOf(token, jwt.header),
    endpoint: shownEndpoint,
    environment: environment ?? (provider === undefined ? undefined : environmentOf(provider, request)),
  }
}

/**
 * The assertion of a token request (RFC 7521, sections 4.1 and 4.2), otherwise what follows the scheme in
 * `Authorization`. Secret. The body of an API request is its own: a member `assertion` in it proves nothing.
 *
 * @example
 * ```ts
 * import { credentialOf } from '@countersign/core/provider'
 *
 * const headers = new Headers({ authorization: 'Bearer abc' })
 * const credential = credentialOf({ headers, body: new Uint8Array() }) // 'abc'
 * ```
 *
 * @param endpoint The endpoint that the request went to, where it is known.
 */
export function credentialOf(
  { headers, body }: Pick<CapturedRequest, 'headers' | 'body'>,
  endpoint?: Endpoint,
): string {
  if (endpoint === 'api') return readAuthorization(headers).credential
  const { client_assertion, assertion = client_assertion } = readFields(headers, body) ?? {}
  return typeof assertion === 'string' ? assertion : readAuthorization(headers).credential
}

/**
 * Fields of a form or members of a JSON object, whatever the content type says: a rule judges that.
 *
 * @example
 * ```ts
 * import { readFields } from '@countersign/core/provider'
 *
 * const fields = readFields(new Headers(), new TextEncoder().encode('{"id":1}')) // { id: 1 }
 * ```
 */
export function readFields(headers: Headers, body: Uint8Array): Record<string, unknown> | undefined {
  const json = readJsonObject(body)
  if (json !== undefined) return json
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '')
  return isForm || /^[\w.-]+=/.test(new TextDecoder().decode(body.subarray(0, 128)))
    ? readForm(body)
    : undefined
}

/**
 * The endpoint of a request, by the path after the base URL of the provider or of its emulator, and by the fields
 * of its body.
 *
 * @example
 * ```ts
 * import type { Provider } from '@countersign/core'
 * import { endpointOf } from '@countersign/core/provider'
 *
 * declare const provider: Provider
 * const endpoint = endpointOf(provider, { method: 'POST', target: '/token' }) // 'token'
 * ```
 */
export function endpointOf(
  provider: Pick<Provider, 'id' | 'basePath' | 'endpointOf'>,
  request: Pick<CapturedRequest, 'method' | 'target'> & Partial<Pick<CapturedRequest, 'headers' | 'body'>>,
  baseUrl?: string,
): Endpoint {
  const { method, headers, body } = request
  const fields = headers === undefined || body === undefined ? undefined : readFields(headers, body)
  return provider.endpointOf?.(method, pathAt(provider, request, baseUrl), fields) ?? 'api'
}

/** The environment whose documented host a request goes to. */
export function environmentOf(
  { baseUrls }: Pick<Provider, 'baseUrls'>,
  { headers }: CapturedRequest,
): string | undefined {
  const host = headers.get('host')?.toLowerCase().replace(/:443$/, '')
  return Object.keys(baseUrls).find((name) => new URL(baseUrls[name] ?? '').host === host)
}

/** Whether a request goes to the provider's emulator, on one port with others. */
export function isUnderName(
  { id }: Pick<Provider, 'id'>,
  { target }: Pick<CapturedRequest, 'target'>,
): boolean {
  return target.startsWith(`/${id}/`)
}

function pathAt(
  provider: Pick<Provider, 'id' | 'basePath'>,
  request: Pick<CapturedRequest, 'target'>,
  baseUrl: string | undefined,
): string {
  const [path = ''] = request.target.split('?', 1)
  const base = baseUrl === undefined ? undefined : new URL(baseUrl).pathname.replace(/(?<!\/)\/+$/, '')
  if (base !== undefined && path.startsWith(`${base}/`)) return path.slice(base.length)
  const own = isUnderName(provider, request) ? path.slice(provider.id.length + 1) : path
  return own.startsWith(`${provider.basePath}/`) ? own.slice(provider.basePath.length) : own
}

/**
 * Scheme and credential of an `Authorization` header; both are empty when there is none.
 *
 * @example
 * ```ts
 * import { readAuthorization } from '@countersign/core/emulator'
 *
 * const headers = new Headers({ authorization: 'Bearer abc' })
 * const { scheme, credential } = readAuthorization(headers) // 'Bearer', 'abc'
 * ```
 */
export function readAuthorization(headers: Headers): { scheme: string; credential: string } {
  return splitAuthorization(headers.get('authorization') ?? '')
}

/**
 * The same for the header's value. The last word is the credential where all before it look like schemes, as in
 * `Bearer Bearer abc`, and where several headers were joined; otherwise everything after the first word is.
 */
export function splitAuthorization(value: string): { scheme: string; credential: string } {
  const words = value.trim().split(/\s+/)
  const [first = '', ...rest] = words
  if (rest.length === 0)
    return /^[a-z]{0,10}$/i.test(first)
      ? { scheme: first, credential: '' }
      : { scheme: '', credential: first }
  const before = words.slice(0, -1)
  return value.includes(',') || before.slice(1).every((word) => /^[a-z]{1,10}:?$/i.test(word))
    ? { scheme: before.join(' '), credential: words.at(-1) ?? '' }
    : { scheme: first, credential: rest.join(' ') }
}

/**
 * A JWT, decoded; `undefined` when it cannot be read.
 *
 * @example
 * ```ts
 * import { readJwt } from '@countersign/core/emulator'
 *
 * declare const token: string
 * const issuer = readJwt(token)?.claims.iss
 * ```
 */
export function readJwt(token: string): RuleInput['jwt'] {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

/**
 * Whether a JWT's signature matches a registered key; false when there is no key.
 *
 * @example
 * ```ts
 * import { signatureHolds } from '@countersign/core/emulator'
 *
 * declare const token: string, publicKey: string
 * const holds = await signatureHolds(token, publicKey, 'RS256')
 * ```
 */
export async function signatureHolds(
  token: string,
  publicKey: PublicKeyInput | undefined,
  algorithm: SigningAlgorithm,
): Promise<boolean> {
  if (publicKey === undefined) return false
  try {
    await verifyJws(token, publicKey, { algorithm })
    return true
  } catch {
    return false
  }
}

/** Why no key can verify a token, as far as it shows without one. */
export function signatureFaultOf(token: string, header: JwtHeader): RuleInput['signatureFault'] {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (signature === '') return 'missing'
  if (!/^[\w-]+$/.test(signature)) return 'encoding'
  const bytes = Math.floor((signature.length * 3) / 4)
  // As long as the modulus: of 1024 bits, up to 8192.
  const isRsaLength = bytes % 64 === 0 && bytes >= 128 && bytes <= 1024
  // Of a signature that was cut off the length says more.
  if (!isRsaLength && /^[RP]S\d/.test(header.alg)) return 'length'
  if (!isBase64Url(signature)) return 'encoding'
  return unwantedMember(header) === undefined ? undefined : 'header'
}

/**
 * Fields of a form body.
 *
 * @example
 * ```ts
 * import { readForm } from '@countersign/core/emulator'
 *
 * const form = readForm(new TextEncoder().encode('grant_type=client_credentials'))
 * ```
 */
export function readForm(body: Uint8Array): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body)))
}

/**
 * Members of a JSON body; `undefined` when it is not a JSON object.
 *
 * @example
 * ```ts
 * import { readJsonObject } from '@countersign/core/emulator'
 *
 * const members = readJsonObject(new TextEncoder().encode('{"id":1}')) // { id: 1 }
 * ```
 */
export function readJsonObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Lower-case hex SHA-256.
 *
 * @example
 * ```ts
 * import { sha256Hex } from '@countersign/core/emulator'
 *
 * const hash = await sha256Hex(new TextEncoder().encode('hello')) // '2cf24dba…'
 * ```
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return toHex(await sha256(bytes))
}
