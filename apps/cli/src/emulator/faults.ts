import type { Fault } from '@countersign/core/emulator'
import type { Endpoint } from '@countersign/core/provider'
import * as z from 'zod/mini'
import { parseDuration } from '../human-time.ts'
import { UsageError } from '../usage-error.ts'
import { parseSignedDuration } from './clock.ts'
import { type ReadBody, readWith } from './control-schemas.ts'
import type { Mount } from './serve-emulators.ts'

/** A fault, and how often it is played. */
export interface FaultSetting {
  fault: Fault
  /** For how many requests; absent means until faults are cleared. */
  times?: number
}

/** An hour; a timer takes no more than 24 days anyway. */
const longestDelayMs = 3_600_000
const yearsMs = 100 * 365 * 86_400_000
const headerValue = z.string().check(z.regex(/^[\t\x20-\x7e]*$/, 'must be visible ASCII characters'))
const headerName = z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header'))
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max))

/** Core's faults under core's names, and how often they are played. */
const faultSchema = z.strictObject({
  on: z.exactOptional(z.enum(['token', 'refresh', 'api'])),
  status: z.exactOptional(whole(200, 599)),
  headers: z.exactOptional(z.record(headerName, headerValue)),
  body: z.exactOptional(z.string()),
  delayMs: z.exactOptional(whole(0, longestDelayMs)),
  hang: z.exactOptional(z.boolean()),
  reset: z.exactOptional(z.boolean()),
  truncate: z.exactOptional(z.boolean()),
  malformedJson: z.exactOptional(z.boolean()),
  contentType: z.exactOptional(headerValue),
  redirectTo: z.exactOptional(headerValue),
  dateSkewMs: z.exactOptional(whole(-yearsMs, yearsMs)),
  times: z.exactOptional(whole(1, 1000)),
})

/** A fault and its `times`, as the control API takes them. */
export const readFaultBody: ReadBody<FaultSetting> = (body) => {
  const read = readWith(faultSchema, body)
  if ('problem' in read) return read
  const { times, ...fault } = read.value
  const setting: FaultSetting = { fault: fault satisfies Fault, ...(times === undefined ? {} : { times }) }
  const problem = findFaultProblem(setting)
  return problem === undefined ? { value: setting } : { problem: `the fault ${problem}` }
}

const flag = '--fault'

type Members = Readonly<Record<string, unknown>>

/** The short forms of `--fault`: an example of each, and the members of the control API that it means. */
const words: Readonly<Record<string, readonly [form: string, toMembers: (value: string) => Members]>> = {
  status: ['status:503', (value) => ({ status: toNumber(value) })],
  'retry-after': ['retry-after:7', (value) => ({ headers: { 'retry-after': value } })],
  delay: ['delay:2s', (value) => ({ delayMs: parseDuration(value, `${flag} delay`) })],
  hang: ['hang', () => ({ hang: true })],
  reset: ['reset', () => ({ reset: true })],
  truncate: ['truncate', () => ({ truncate: true })],
  'malformed-json': ['malformed-json', () => ({ malformedJson: true })],
  'content-type': ['content-type:text/html', (value) => ({ contentType: value })],
  redirect: ['redirect:https://elsewhere.example/', (value) => ({ redirectTo: value })],
  'date-skew': [
    'date-skew:-90s',
    (value) => ({ dateSkewMs: parseSignedDuration(value, `${flag} date-skew`) }),
  ],
}

/** Every word as it is written. */
export const faultForms: readonly string[] = Object.values(words).map(([form]) => form)

/**
 * Reads `fault[,fault…]`: words joined by `+`, then `*2` for so many requests and `@token` for one endpoint.
 *
 * @throws {UsageError} that says which member is wrong, or lists the words.
 */
export function parseFaults(text: string): FaultSetting[] {
  return text.split(',').map(parseFault)
}

function parseFault(text: string): FaultSetting {
  const [what = '', ...suffixes] = text.split(/(?=[*@])/)
  const parts: [name: string, members: Members][] = [
    // A plus before a letter joins; before a number it is a sign.
    ...what
      .split(/\+(?=[a-z])/)
      .map((part): [string, Members] => [part.split(':')[0] ?? '', parseWord(part)]),
    ...suffixes.map((suffix): [string, Members] => {
      const value = suffix.slice(1)
      return suffix.startsWith('*') ? ['*', { times: toNumber(value) }] : ['@', { on: value }]
    }),
  ]
  const twice = parts.find(([name], index) => parts.some((part, other) => part[0] === name && other < index))
  if (twice !== undefined) throw new UsageError(`${flag} contains ${twice[0]} twice in one fault.`)
  const read = readFaultBody(Object.assign({}, ...parts.map(([, members]) => members)))
  if ('problem' in read) throw new UsageError(`${flag}: ${read.problem}.`)
  return read.value
}

function parseWord(part: string): Members {
  const colon = part.indexOf(':')
  const name = colon < 0 ? part : part.slice(0, colon)
  const [form = '', toMembers] = (Object.hasOwn(words, name) ? words[name] : undefined) ?? []
  if (toMembers === undefined || colon >= 0 !== form.includes(':'))
    throw new UsageError(`${flag}: unknown fault. Faults: ${faultForms.join(', ')}.`)
  return toMembers(part.slice(colon + 1))
}

/** Only digits are a number here: `1e2` and the empty text are not. */
function toNumber(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

const withoutBody = new Set([204, 205, 304])

/** The problem of a contradictory fault, as the end of a sentence, or `undefined`. */
function findFaultProblem({ fault }: FaultSetting): string | undefined {
  const { on: _on, status, headers, body, redirectTo, ...others } = fault
  const plays = [status, redirectTo, ...Object.values(others)]
  if ((headers !== undefined || body !== undefined) && (status === undefined || redirectTo !== undefined))
    return 'has headers or a body, which need a status and no redirect'
  if (!plays.some((value) => value !== undefined && value !== false)) return 'does not say what goes wrong'
  if (body !== undefined && withoutBody.has(status ?? 0)) return `has a body, and status ${status} has none`
  if (redirectTo !== undefined && status !== undefined && (status < 300 || status > 399))
    return 'redirects, which needs a status from 300 to 399 or none'
  return undefined
}

/** The emulators among these at which the fault can be played. */
export function fittingMounts<M extends Pick<Mount, 'endpoints'>>(fault: Fault, mounts: readonly M[]): M[] {
  const { on } = fault
  return on === undefined ? [...mounts] : mounts.filter(({ endpoints }) => endpoints.includes(on))
}

/** The message for an endpoint that none of the emulators has. */
export function noSuchEndpoint(
  on: Endpoint | undefined,
  mounts: readonly Pick<Mount, 'id' | 'endpoints'>[],
): string {
  const known = mounts.map(({ id, endpoints }) => `${id} has ${endpoints.join(', ')}`)
  return `Unknown endpoint ${on}: ${known.join('; ')}`
}

/** Hands a fault to one emulator. */
export function playFault({ fault, times }: FaultSetting, { emulator }: Pick<Mount, 'emulator'>): void {
  if (times === undefined) emulator.faults.always(fault)
  else emulator.faults.once(fault, times)
}
