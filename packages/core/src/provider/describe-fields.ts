import type { Field, Fields } from './fields.ts'

/**
 * The JSON Schema of an option's value, as JSON files and forms write it; `undefined` for code and secrets.
 *
 * @example
 * ```ts
 * import { textField, toJsonSchema } from '@countersign/core/provider'
 *
 * const schema = toJsonSchema(textField({ title: 'Client id', help: 'Comes with the key.' }))
 * // { title: 'Client id', description: 'Comes with the key.', type: 'string', minLength: 1 }
 * ```
 */
export function toJsonSchema(field: Field<unknown>): Record<string, unknown> | undefined {
  const { title, help, kind, choices, defaultValue, min, max } = field
  if (kind === 'code' || kind === 'secret') return undefined
  const about = {
    title,
    description: help,
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
  }
  const text = { type: 'string', minLength: 1 }
  if (kind === 'seconds') return { ...about, type: 'integer', minimum: min, maximum: max }
  if (kind === 'list') return { ...about, type: 'array', items: text, minItems: 1 }
  if (kind === 'url') return { ...about, type: 'string', format: 'uri' }
  return choices === undefined ? { ...about, ...text } : { ...about, enum: [...choices] }
}

/**
 * The JSON Schema of a provider's options: an object with a member for each option that JSON can hold.
 *
 * @example
 * ```ts
 * import { commonFields, fieldsToJsonSchema, textField } from '@countersign/core/provider'
 *
 * const schema = fieldsToJsonSchema({ ...commonFields, name: textField({ title: 'Name', help: 'Yours.' }) })
 * ```
 */
export function fieldsToJsonSchema(fields: Fields): Record<string, unknown> {
  const members = Object.entries(fields)
    .map(([name, field]) => [name, toJsonSchema(field)] as const)
    .filter(([, schema]) => schema !== undefined)
  const required = members.map(([name]) => name).filter((name) => fields[name]?.required === true)
  return {
    type: 'object',
    properties: Object.fromEntries(members),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}

/** One row of a table of options. */
export interface OptionRow {
  name: string
  required: boolean
  /** The default as code; empty if there is none. */
  defaultValue: string
  help: string
}

/**
 * The rows of a table of options, for READMEs and documentation.
 *
 * @example
 * ```ts
 * import { commonFields, toOptionRows } from '@countersign/core/provider'
 *
 * for (const { name, required, help } of toOptionRows(commonFields)) console.log(name, required, help)
 * ```
 */
export function toOptionRows(fields: Fields): OptionRow[] {
  return Object.entries(fields).map(([name, { required, defaultValue, help }]) => ({
    name,
    required,
    defaultValue: defaultValue === undefined ? '' : JSON.stringify(defaultValue),
    help,
  }))
}
