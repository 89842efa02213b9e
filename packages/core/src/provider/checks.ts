import { leastEpochMs } from '../base/clock.ts'
import { toDurationWords } from '../base/duration.ts'
import { type JwtClaims, type JwtHeader, unwantedMember } from '../jwt/claims.ts'
import type { Rule, RuleInput } from './rule.ts'
import { found, list } from './show.ts'

/** The check of a rule: spread it into a rule next to its id, endpoint, requirement, source and severity. */
export type Check = Pick<Rule, 'claims' | 'check' | 'failure'>

type Jwt = { header: JwtHeader; claims: JwtClaims }

/** A value of a claim or header member; `claims` wins where both have the name. */
function memberOf({ header, claims }: Jwt, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : Object.hasOwn(header, name) ? header[name] : undefined
}

/**
 * A check of claims and header members; `check` is called only when there is a JWT.
 *
 * @example
 * ```ts
 * import { claimCheck, type Rule } from '@countersign/core/provider'
 *
 * const rule: Rule = {
 *   id: 'acme.iss',
 *   endpoint: 'api',
 *   severity: 'required',
 *   source: 'https://docs.acme.example/auth',
 *   requirement: '`iss` must be `me`.',
 *   ...claimCheck('iss', ({ claims }) => claims.iss === 'me'),
 * }
 * ```
 *
 * @param claims The names that the rule concerns.
 * @param failure What was found; by default the value of each name.
 */
export function claimCheck(
  claims: string | readonly string[],
  check: (jwt: Jwt, input: RuleInput) => boolean | undefined,
  failure?: (jwt: Jwt, input: RuleInput) => string,
): Check {
  const names = [claims].flat()
  return {
    claims: names,
    check: (input) => (input.jwt === undefined ? undefined : check(input.jwt, input)),
    failure(input) {
      const { jwt } = input
      if (jwt === undefined) return 'There was no JWT.'
      return failure?.(jwt, input) ?? names.map((name) => found(name, memberOf(jwt, name))).join(' ')
    },
  }
}

/**
 * A check of one field of a form or JSON body; `check` is called only when there are fields.
 *
 * @example
 * ```ts
 * import { fieldCheck, isText, type Rule } from '@countersign/core/provider'
 *
 * const rule: Rule = {
 *   id: 'acme.client-id',
 *   endpoint: 'api',
 *   severity: 'required',
 *   source: 'https://docs.acme.example/auth',
 *   requirement: '`client_id` must be in the form.',
 *   ...fieldCheck('client_id', isText),
 * }
 * ```
 *
 * @param secret Whether the value must not be shown.
 */
export function fieldCheck(
  name: string,
  check: (value: unknown, input: RuleInput) => boolean | undefined,
  { secret = false }: { secret?: boolean } = {},
): Check {
  const fieldOf = ({ fields = {} }: RuleInput) => (Object.hasOwn(fields, name) ? fields[name] : undefined)
  return {
    claims: [],
    check: (input) => (input.fields === undefined ? undefined : check(fieldOf(input), input)),
    failure(input) {
      const value = fieldOf(input)
      if (!secret || value === undefined) return found(name, value)
      return value === '' ? `\`${name}\` was empty.` : `The value of \`${name}\` was different.`
    },
  }
}

/**
 * A check of the request itself; `check` is called only when there is one.
 *
 * @example
 * ```ts
 * import { requestCheck, type Rule } from '@countersign/core/provider'
 *
 * const rule: Rule = {
 *   id: 'acme.https',
 *   endpoint: 'api',
 *   severity: 'required',
 *   source: 'https://docs.acme.example/auth',
 *   requirement: 'The request must not have a `cookie` header.',
 *   ...requestCheck(
 *     ({ headers }) => !headers.has('cookie'),
 *     () => 'There was a `cookie` header.',
 *   ),
 * }
 * ```
 */
export function requestCheck(
  check: (request: NonNullable<RuleInput['request']>, input: RuleInput) => boolean | undefined,
  failure: (request: NonNullable<RuleInput['request']>, input: RuleInput) => string,
): Check {
  return {
    claims: [],
    check: (input) => (input.request === undefined ? undefined : check(input.request, input)),
    failure: (input) =>
      input.request === undefined ? 'There was no request.' : failure(input.request, input),
  }
}

/**
 * Whether a value is a non-empty string.
 *
 * @example
 * ```ts
 * import { isText } from '@countersign/core/provider'
 *
 * isText('a') // true
 * isText('') // false
 * ```
 */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isEpochSeconds(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < leastEpochMs
}

const timeNames = ['iat', 'exp']

function times(holds: (value: unknown) => boolean): Check {
  return claimCheck(
    timeNames,
    ({ claims }) => timeNames.every((name) => holds(claims[name])),
    ({ claims }) =>
      timeNames
        .filter((name) => !holds(claims[name]))
        .map((name) => found(name, claims[name]))
        .join(' '),
  )
}

function contentType(pattern: RegExp): Check {
  return requestCheck(
    ({ headers }) => pattern.test(headers.get('content-type') ?? ''),
    ({ headers }) => contentTypeFound(headers),
  )
}

function contentTypeFound(headers: Headers): string {
  const type = headers.get('content-type')
  return type === null ? 'There was no `content-type` header.' : found('content-type', type)
}

/** Checks that several providers need. */
export interface Checks {
  /** The header's `alg`. */
  algorithm(alg: string): Check
  /** The header's `typ` is `JWT`. */
  type: Check
  /** A claim or header member is a string that is not empty. */
  text(name: string): Check
  /** `iat` and `exp` are numbers of seconds: not milliseconds, not strings. */
  timesInSeconds: Check
  /** The same, and whole numbers. */
  timesInWholeSeconds: Check
  /** `exp` is after `iat`, by at most this many seconds. */
  livesAtMost(seconds: number): Check
  /** `exp` is in the future, without leeway. */
  notExpired: Check
  /** `iat` is not in the future. */
  notFromTheFuture: Check
  /** The signature matches the registered key. */
  signature: Check
  /** The identity in the request is registered. The failure says what was sent; the requirement says the rest. */
  known(failure: (input: RuleInput) => string): Check
  /** The proof was not used before. */
  notReplayed(claims: readonly string[], failure: string): Check
  /** The scheme of the `Authorization` header. */
  scheme(wanted: string): Check
  /** The bearer token is a JWT. */
  bearerIsJwt: Check
  /** An access token of the provider's own is valid. */
  live: Check
  /** The request's method. */
  method(wanted: string): Check
  /** The body is a form, by its content type. */
  form: Check
  /** The body is a JSON object, by its content type and in fact. */
  json: Check
}

/**
 * Checks that several providers need: spread one into a rule next to its id, endpoint, requirement and
 * source.
 *
 * @example
 * ```ts
 * import { checks, type Rule } from '@countersign/core/provider'
 *
 * const rule: Rule = {
 *   id: 'acme.exp',
 *   endpoint: 'api',
 *   severity: 'required',
 *   source: 'https://docs.acme.example/auth',
 *   requirement: '`exp` must be in the future.',
 *   ...checks.notExpired,
 * }
 * ```
 */
export const checks: Checks = {
  algorithm: (alg) => claimCheck('alg', ({ header }) => header.alg === alg),
  type: /* @__PURE__ */ claimCheck('typ', ({ header }) => header.typ === 'JWT'),
  text: (name) => claimCheck(name, (jwt) => isText(memberOf(jwt, name))),
  timesInSeconds: /* @__PURE__ */ times(isEpochSeconds),
  timesInWholeSeconds: /* @__PURE__ */ times((value) => isEpochSeconds(value) && Number.isInteger(value)),
  livesAtMost: (seconds) =>
    claimCheck(
      timeNames,
      ({ claims: { iat, exp } }) =>
        typeof iat !== 'number' || typeof exp !== 'number' ? undefined : exp > iat && exp - iat <= seconds,
      lifetimeFound,
    ),
  notExpired: /* @__PURE__ */ claimCheck(
    'exp',
    ({ claims: { exp } }, { now }) => (typeof exp === 'number' ? now < exp * 1000 : undefined),
    ({ claims: { exp } }, { now }) =>
      typeof exp === 'number' ? `\`exp\` was ${toDurationWords(now / 1000 - exp)} ago.` : found('exp', exp),
  ),
  notFromTheFuture: /* @__PURE__ */ claimCheck(
    'iat',
    ({ claims: { iat } }, { now }) => (typeof iat === 'number' ? iat * 1000 <= now : undefined),
    ({ claims: { iat } }, { now }) =>
      typeof iat === 'number'
        ? `\`iat\` was ${toDurationWords(Math.max(1, Math.ceil(iat - now / 1000)))} in the future.`
        : found('iat', iat),
  ),
  signature: {
    claims: [],
    check: ({ signature }) => signature,
    failure: ({ signatureFault, jwt }) =>
      signatureFault === 'header'
        ? `The header contained \`${unwantedMember(jwt?.header ?? {})}\`, which is not accepted.`
        : signatureFailures[signatureFault ?? 'key'],
  },
  known: (failure) => ({
    claims: [],
    check: ({ known }) => known,
    failure,
  }),
  notReplayed: (claims, failure) => ({
    claims,
    check: ({ replayed }) => (replayed === undefined ? undefined : !replayed),
    failure: () => failure,
  }),
  scheme: (wanted) => ({
    claims: [],
    check: ({ scheme }) => (scheme === undefined ? undefined : scheme.toLowerCase() === wanted.toLowerCase()),
    failure: schemeFound,
  }),
  bearerIsJwt: {
    claims: [],
    check: ({ credential }) => (credential === undefined ? undefined : credential === 'jwt'),
    failure: ({ credential }) =>
      credential === 'none' ? 'There was no bearer token.' : 'The bearer token could not be decoded.',
  },
  live: {
    claims: [],
    check: ({ issued }) => (issued === undefined ? undefined : issued === 'live'),
    failure: ({ issued, credential }) =>
      issued === 'expired'
        ? 'The access token had expired.'
        : credential === 'none'
          ? 'There was no access token.'
          : 'The access token was unknown.',
  },
  method: (wanted) =>
    requestCheck(
      ({ method }) => method === wanted,
      ({ method }) => `The method was ${method}.`,
    ),
  form: /* @__PURE__ */ contentType(/^application\/x-www-form-urlencoded\b/i),
  json: /* @__PURE__ */ requestCheck(
    ({ headers }, { fields }) =>
      /^application\/json\b/i.test(headers.get('content-type') ?? '') && fields !== undefined,
    ({ headers }) =>
      /^application\/json\b/i.test(headers.get('content-type') ?? '')
        ? 'The body was not a JSON object.'
        : contentTypeFound(headers),
  ),
}

const signatureFailures = {
  missing: 'The token had no signature.',
  encoding: 'The signature was not base64url.',
  length: 'The signature did not have the length of an RSA signature.',
  key: 'The signature did not match.',
}

function lifetimeFound({ claims: { iat, exp } }: Jwt): string {
  if (typeof iat !== 'number' || typeof exp !== 'number') return list([found('iat', iat), found('exp', exp)])
  return exp > iat ? `\`exp\` was ${exp - iat} s after \`iat\`.` : '`exp` was not after `iat`.'
}

/**
 * Describes the `Authorization` header that was found. A long scheme may be a credential and is not shown.
 *
 * @example
 * ```ts
 * import { schemeFound } from '@countersign/core/provider'
 *
 * schemeFound({ now: Date.now(), scheme: 'Token' }) // 'The scheme was Token.'
 * ```
 */
export function schemeFound({ scheme = '', credential }: RuleInput): string {
  if (/^[\w:-]{1,20}(?: [\w:-]{1,20})?$/.test(scheme)) return `The scheme was ${scheme}.`
  if (scheme.includes(',')) return 'There were several `Authorization` headers.'
  if (scheme !== '') return 'The scheme was something else.'
  return credential === undefined || credential === 'none'
    ? 'There was no `Authorization` header.'
    : 'The `Authorization` header had no scheme.'
}
