import { writeFile } from 'node:fs/promises'
import type { Provider } from '@countersign/core'
import type { Field } from '@countersign/core/provider'
import { isPathMember } from '../src/profiles/members.ts'
import { profileName } from '../src/profiles/parse-config.ts'
import { loadProviders } from '../src/providers.ts'

/** The JSON Schema of the file of profiles, made from the options of the providers. */
export function createConfigSchema(providers: readonly Provider[]): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Profiles of Countersign',
    description: 'Ids, and paths of keys; never a secret.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      profiles: {
        type: 'object',
        propertyNames: { pattern: profileName.source },
        additionalProperties: { oneOf: providers.map(toProfileSchema) },
      },
      defaults: {
        description: 'The profile that is used when none is named, by provider.',
        type: 'object',
        properties: Object.fromEntries(providers.map(({ id }) => [id, { type: 'string' }])),
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  }
}

function toProfileSchema(provider: Provider): Record<string, unknown> {
  const { id, title, summary, fields, baseUrls, readCredentials } = provider
  const members = Object.entries(fields)
    .filter(([name, { kind }]) => name !== 'environment' && kind !== 'code' && kind !== 'secret')
    .map(([name, field]) => [name, toMemberSchema(field, isPathMember(provider, name))])
  const credentials = 'The path of the credentials file as it was downloaded, counted from this file.'
  return {
    title,
    description: summary,
    type: 'object',
    properties: {
      provider: { const: id },
      environment: { enum: [...Object.keys(baseUrls), 'emulator'] },
      ...Object.fromEntries(members),
      ...(readCredentials === undefined ? {} : { credentials: { description: credentials, ...text } }),
    },
    required: ['provider'],
    additionalProperties: false,
  }
}

const text = { type: 'string', minLength: 1 }

function toMemberSchema(field: Field<unknown>, isPath: boolean): Record<string, unknown> {
  const { title, help, kind, choices, defaultValue } = field
  if (isPath) return { title, description: `${help} Its path, counted from this file.`, ...text }
  const about = { title, description: help, ...(defaultValue === undefined ? {} : { default: defaultValue }) }
  if (kind === 'seconds') return { ...about, type: 'integer', minimum: 0 }
  if (kind === 'list') return { ...about, type: 'array', items: text, minItems: 1 }
  if (kind === 'url') return { ...about, type: 'string', format: 'uri' }
  return choices === undefined ? { ...about, ...text } : { ...about, enum: choices }
}

if (import.meta.main) {
  const schema = createConfigSchema(await loadProviders())
  const path = new URL('../schema/countersign.schema.json', import.meta.url)
  await writeFile(path, `${JSON.stringify(schema, undefined, 2)}\n`)
}
