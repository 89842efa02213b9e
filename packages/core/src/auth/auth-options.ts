import type { ClockOption, OriginClock } from '../base/clock.ts'
import type { OnEvent } from '../base/events.ts'
import { isSecret, type Secret } from '../base/secret.ts'
import { ConfigError, describeUnknown, kyOptionNames } from '../errors/config-error.ts'
import type { ApiOptions } from '../http/api.ts'
import { toUrl } from '../http/request.ts'
import type { TokenSource } from '../token/token-source.ts'

/** Options of `createAuth`. */
export interface AuthOptions extends ApiOptions {
  /** Where the API is, without query and fragment; its origin is the one that credentials go to. */
  baseUrl: string
  /** Further origins of the provider. */
  origins?: readonly string[] | undefined
  /** The `fetch` that carries every call. Default: the global one. */
  fetch?: typeof fetch | undefined
  /** The clock, shared with the token source so that both follow what is learned. */
  clock?: ClockOption | OriginClock | undefined
  /** Receives events. */
  onEvent?: OnEvent | undefined
  /** Whether `Authorize` needs the body. Default true; with `false` bodies stream. */
  signsBody?: boolean | undefined
  /** The largest body that is read to be signed, in bytes. Default 64 MiB. */
  maxBodyBytes?: number | undefined
  /**
   * Whether a token names the origin of its API: then calls of the base URL go to that origin, and its other
   * addresses are accepted too. Default false.
   */
  originFromToken?: boolean | undefined
  /** Headers of every call of the API, such as `user-agent`, where the caller sets no other value. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Credentials to mask in errors. */
  secrets?: readonly (string | Secret)[] | undefined
}

/** What an option must be, where it is given. */
interface OptionCheck {
  readonly must: string
  holds(value: unknown): boolean
}

const aFunction: OptionCheck = { must: 'be a function', holds: (value) => typeof value === 'function' }
const truth: OptionCheck = { must: 'be true or false', holds: (value) => typeof value === 'boolean' }
const anObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const optionChecks: Readonly<Record<keyof AuthOptions, OptionCheck>> = {
  // Read when the origin is needed; its own error says what is wrong with it.
  baseUrl: { must: 'be a URL', holds: () => true },
  origins: {
    must: 'be a list of origins such as https://api.example.com',
    holds: (value) => Array.isArray(value) && value.every((one) => toUrl(one)?.origin === one),
  },
  originFromToken: truth,
  fetch: aFunction,
  clock: {
    must: 'be a function, or an object with `now`',
    holds: (value) =>
      typeof value === 'function' || (anObject(value) && 'now' in value && typeof value.now === 'function'),
  },
  onEvent: aFunction,
  signsBody: truth,
  maxBodyBytes: { must: 'be a number above 0', holds: (value) => typeof value === 'number' && value > 0 },
  headers: { must: 'be an object of header names and values', holds: areHeaders },
  secrets: {
    must: 'be a list of strings or Secrets',
    holds: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' || isSecret(one)),
  },
  readError: aFunction,
  rateLimitReset: {
    must: "be 'seconds' or 'milliseconds'",
    holds: (value) => value === 'seconds' || value === 'milliseconds',
  },
  idempotency: { must: 'be an object with `header`', holds: (value) => anObject(value) && 'header' in value },
  ky: { must: 'be an object', holds: anObject },
}
const optionNames = Object.keys(optionChecks)

/**
 * Checks the arguments of `createAuth`, for callers without types: what is missing, misspelt or of the wrong type is
 * named before anything else happens.
 *
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export function checkArguments(id: unknown, options: unknown): void {
  if (typeof id !== 'string' || id === '')
    throw new ConfigError('`id` is not a string.', {
      hint: "Pass the provider's id first, such as 'example'.",
    })
  if (!anObject(options))
    throw new ConfigError(
      options === undefined ? 'The options are missing.' : 'The options are not an object.',
      {
        provider: id,
        hint: 'Pass an object with baseUrl as the last argument.',
      },
    )
  const problems = describeUnknown(options, optionNames, kyOptionNames)
  if (!('baseUrl' in options) || options.baseUrl === undefined) problems.push('`baseUrl` is missing.')
  const given = options as Readonly<Record<string, unknown>>
  for (const [name, { must, holds }] of Object.entries(optionChecks))
    if (given[name] !== undefined && !holds(given[name])) problems.push(`\`${name}\` must ${must}.`)
  if (problems.length > 0)
    throw new ConfigError(problems.join(' '), {
      provider: id,
      hint: `Options: ${optionNames.join(', ')}.`,
    })
}

const sourceMethods = ['current', 'get', 'refuse', 'renew', 'invalidate'] as const

/**
 * Checks that a proof is one of the two kinds that `createAuth` takes.
 *
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export function checkProof(proof: unknown, provider: string): void {
  if (typeof proof === 'function') return
  const source = proof as TokenSource | null | undefined
  if (typeof source === 'object' && sourceMethods.every((name) => typeof source?.[name] === 'function'))
    return
  throw new ConfigError('`proof` is not a function or a token source.', {
    provider,
    hint: 'Pass a function that resolves with the headers that prove a request, or what `createTokenSource` returns.',
  })
}

/** Whether the platform takes these headers: it would refuse each call with an error of its own. */
function areHeaders(value: unknown): boolean {
  if (!isPlainObject(value)) return false
  try {
    return new Headers(value as Record<string, string>) !== undefined
  } catch {
    return false
  }
}

/** An object literal, of another realm too. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
