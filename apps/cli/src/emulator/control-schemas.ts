import * as z from 'zod/mini'

/** Reads the body of a control request, or says which member is wrong and how. */
export type ReadBody<Value> = (body: unknown) => { value: Value } | { problem: string }

const keySchema = z.strictObject({
  publicKey: z.union([z.string().check(z.minLength(1)), z.record(z.string(), z.unknown())]),
})

const clockSchema = z.strictObject({ time: z.string() })

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

/** The first thing that is wrong, by name and never by value. */
export function readWith<S extends z.ZodMiniType>(
  schema: S,
  body: unknown,
): { value: z.infer<S> } | { problem: string } {
  const { success, data, error } = schema.safeParse(body, { reportInput: true })
  if (success) return { value: data }
  const [issue] = error.issues
  const where = issue?.path.map(String).join('.') ?? ''
  return { problem: `${where === '' ? 'The body' : where} ${toWords(issue)}` }
}

function toWords(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'unrecognized_keys':
      return 'has an unknown member'
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${article(issue.expected)}`
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'must be a string or a JSON object'
    case 'invalid_key':
      return 'is not the name of a header'
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be ${issue.minimum} or more`
    case 'too_big':
      return `must be ${issue.maximum} or less`
    case 'invalid_format':
      return issue.message
    default:
      return 'is not valid'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
}

function article(expected: string): string {
  return kinds[expected] ?? 'a JSON object'
}
