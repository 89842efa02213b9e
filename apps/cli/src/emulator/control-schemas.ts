import type { Fault } from '@countersign/core/emulator'
import * as z from 'zod/mini'
import { type FaultSetting, findFaultProblem, longestDelayMs } from './fault-settings.ts'

/** Reads the body of a control request, or says which member is wrong and how. */
export type ReadBody<Value> = (body: unknown) => { value: Value } | { problem: string }

const yearsMs = 100 * 365 * 86_400_000
const headerValue = z.string().check(z.regex(/^[\t\x20-\x7e]*$/, 'must be visible ASCII characters'))
const headerName = z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header'))
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max))

const keySchema = z.strictObject({
  publicKey: z.union([z.string().check(z.minLength(1)), z.record(z.string(), z.unknown())]),
})

const clockSchema = z.strictObject({ time: z.string() })

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

/** `{ "publicKey" }`: PEM, Base64 of DER or PEM, or a JWK, as text or as object. */
export const readKeyBody: ReadBody<string> = (body) => {
  const read = readWith(keySchema, body)
  if ('problem' in read) return read
  const { publicKey } = read.value
  return { value: typeof publicKey === 'string' ? publicKey : JSON.stringify(publicKey) }
}

/** `{ "time" }`, written as for `--clock`. */
export const readClockBody: ReadBody<string> = (body) => {
  const read = readWith(clockSchema, body)
  return 'problem' in read ? read : { value: read.value.time }
}

/** A fault and its `times`. */
export const readFaultBody: ReadBody<FaultSetting> = (body) => {
  const read = readWith(faultSchema, body)
  if ('problem' in read) return read
  const { times, ...fault } = read.value
  const setting: FaultSetting = { fault: fault satisfies Fault, ...(times === undefined ? {} : { times }) }
  const problem = findFaultProblem(setting)
  return problem === undefined ? { value: setting } : { problem: `the fault ${problem}` }
}

/** The first thing that is wrong, by name and never by value. */
function readWith<S extends z.ZodMiniType>(
  schema: S,
  body: unknown,
): { value: z.infer<S> } | { problem: string } {
  const { success, data, error } = schema.safeParse(body, { reportInput: true })
  if (success) return { value: data }
  const [issue] = error.issues
  const where = issue?.path.map(String).join('.') ?? ''
  return { problem: `${where === '' ? 'the body' : where} ${toWords(issue)}` }
}

function toWords(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'unrecognized_keys':
      return 'has a member that is not known'
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${article(issue.expected)}`
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'must be a text or a JSON object'
    case 'invalid_key':
      return 'is no name of a header'
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be ${issue.minimum} or more`
    case 'too_big':
      return `must be ${issue.maximum} or less`
    case 'invalid_format':
      return issue.message
    default:
      return 'is not what it should be'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
}

function article(expected: string): string {
  return kinds[expected] ?? 'a JSON object'
}
