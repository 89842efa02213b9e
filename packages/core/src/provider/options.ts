import { type ClockOption, createOriginClock, type OriginClock } from '../base/clock.ts'
import { type Events, type OnEvent, toEvents } from '../base/events.ts'
import { ConfigError, describeUnknown, kyOptionNames } from '../errors/config-error.ts'
import type { TokenStore } from '../token/token-store.ts'
import {
  bytesField,
  codeField,
  type Field,
  type Fields,
  optionalField,
  secondsField,
  urlField,
} from './fields.ts'

/** Options that every provider takes, under the same names. */
export interface CommonOptions {
  /**
   * The base URL of the API: an absolute URL, https except on loopback. Credentials go to its origin only.
   * Default: the provider's documented address.
   */
  baseUrl?: string | URL | undefined
  /** The `fetch` that carries every call, token calls included. Default: the global one. */
  fetch?: typeof fetch | undefined
  /** The source of the time. Default: the computer's clock. */
  clock?: ClockOption | undefined
  /** Where tokens are kept. Default: in memory, for this instance alone. */
  tokenStore?: TokenStore | undefined
  /**
   * Receives the work of each token exchange, which never rejects. Pass it where the platform must be told what
   * a request leaves running: `waitUntil` of Workers, `after` of Next.js.
   */
  background?: ((work: Promise<unknown>) => void) | undefined
  /** How many seconds before now a proof is dated, for servers whose clock is behind. Default 5; 0 to 60. */
  backdateSeconds?: number | undefined
  /** Receives events: tokens acquired, requests signed, clocks adjusted. They contain no secret. */
  onEvent?: OnEvent | undefined
  /** The largest request body, in bytes, that is read into memory to be signed. Default 64 MiB. */
  maxBodyBytes?: number | undefined
}

/** What {@link parseOptions} returns for the given fields. */
export type ParsedOptions<F extends Fields> = {
  [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never
}

/**
 * The options that every provider takes.
 *
 * @example
 * ```ts
 * import { commonFields, textField } from '@countersign/core/provider'
 *
 * const fields = { ...commonFields, clientId: textField({ title: 'Client id', help: 'Yours.' }) }
 * ```
 */
export const commonFields: {
  baseUrl: Field<string | undefined>
  fetch: Field<typeof fetch | undefined>
  clock: Field<ClockOption | undefined>
  tokenStore: Field<TokenStore | undefined>
  background: Field<((work: Promise<unknown>) => void) | undefined>
  backdateSeconds: Field<number>
  onEvent: Field<Events>
  maxBodyBytes: Field<number | undefined>
} = {
  baseUrl: optionalField(
    urlField({ title: 'Base URL', help: 'Where the API is, when it is not at the documented address.' }),
  ),
  fetch: optionalField(codeField({ title: 'fetch', help: 'The fetch that carries every call.' })),
  clock: optionalField(codeField({ title: 'Clock', help: 'The source of the time.' }, ['now'], true)),
  tokenStore: optionalField(
    codeField({ title: 'Token store', help: 'Where tokens are kept.' }, ['get', 'set', 'delete']),
  ),
  background: optionalField(
    codeField({ title: 'Background', help: 'Receives the work of each token exchange.' }),
  ),
  backdateSeconds: secondsField({
    title: 'Back-dating',
    help: 'How many seconds before now a proof is dated.',
    defaultValue: 5,
    min: 0,
    max: 60,
  }),
  onEvent: eventsField(),
  maxBodyBytes: optionalField(
    bytesField({ title: 'Body limit', help: 'The largest body, in bytes, that is read to be signed.' }),
  ),
}

/** The common options that `createAuth` takes, with the base URL and a clock that learns the server's time. */
export interface SharedAuthOptions {
  baseUrl: string
  fetch: typeof fetch | undefined
  clock: OriginClock
  onEvent: OnEvent | undefined
  maxBodyBytes: number | undefined
}

/**
 * Takes what `createAuth` needs from an adapter's checked options. The token source and the exchange must share the
 * clock, so pass it to them too.
 *
 * @example
 * ```ts
 * import { type Authorize, createAuth } from '@countersign/core'
 * import { commonFields, parseOptions, toAuthOptions } from '@countersign/core/provider'
 *
 * declare const input: unknown
 * declare const authorize: Authorize
 * const options = parseOptions(commonFields, input, 'acme')
 * const auth = createAuth('acme', authorize, toAuthOptions(options, 'https://api.acme.example/v1'))
 * ```
 */
export function toAuthOptions(
  options: Pick<
    ParsedOptions<typeof commonFields>,
    'baseUrl' | 'fetch' | 'clock' | 'onEvent' | 'maxBodyBytes'
  >,
  defaultBaseUrl: string,
): SharedAuthOptions {
  const { baseUrl = defaultBaseUrl, fetch, clock, onEvent, maxBodyBytes } = options
  return { baseUrl, fetch, clock: createOriginClock(clock), onEvent, maxBodyBytes }
}

/** The listener, made observable so that an Auth can be instrumented later. */
function eventsField(): Field<Events> {
  const field = optionalField<OnEvent>(codeField({ title: 'Events', help: 'Receives events.' }))
  const check: Field<Events>['check'] = (value) => {
    const checked = field.check(value)
    return 'problem' in checked ? checked : { value: toEvents(checked.value) }
  }
  return { ...field, check }
}

/**
 * Checks a caller's options, all at once and before anything else happens.
 *
 * @example
 * ```ts
 * import { commonFields, parseOptions, textField } from '@countersign/core/provider'
 *
 * const fields = { ...commonFields, clientId: textField({ title: 'Client id', help: 'Yours.' }) }
 * const { clientId, backdateSeconds } = parseOptions(fields, { clientId: 'me' }, 'acme') // 'me', 5
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming every option at fault, by name and never by value.
 */
export function parseOptions<F extends Fields>(
  fields: F,
  input: unknown,
  provider: string,
  allNames: readonly string[] = Object.keys(fields),
): ParsedOptions<F> {
  if (typeof input !== 'object' || input === null) {
    throw new ConfigError('The options are missing.', {
      provider,
      hint: `Pass an object with ${requiredNames(fields)}.`,
    })
  }
  const given = input as Record<string, unknown>
  const problems = describeUnknown(given, Object.keys(fields), kyOptionNames)
  const parsed: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(fields)) {
    if (given[name] === undefined && option.required) {
      problems.push(`\`${name}\` is missing.`)
      continue
    }
    const result = option.check(given[name])
    if ('problem' in result) problems.push(`\`${name}\` ${result.problem}.`)
    else if (result.value !== undefined) parsed[name] = result.value
  }
  if (problems.length > 0) {
    throw new ConfigError(problems.join(' '), {
      provider,
      hint: `Options: ${allNames.join(', ')}.`,
    })
  }
  return parsed as ParsedOptions<F>
}

function requiredNames(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, option]) => option.required)
    .map(([name]) => name)
    .join(', ')
}
