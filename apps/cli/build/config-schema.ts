import { writeFile } from 'node:fs/promises'
import type { Provider } from '@countersign/core'
import { toJsonSchema } from '@countersign/core/provider'
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
        additionalProperties: { oneOf: [...providers.map(toProfileSchema), toOtherProfile(providers)] },
      },
      defaults: {
        description: 'The profile that is used when none is named, by provider.',
        type: 'object',
        properties: Object.fromEntries(providers.map(({ id }) => [id, { type: 'string' }])),
        additionalProperties: { type: 'string' },
      },
      providers: {
        description:
          'Packages that add providers: their names, or absolute paths of their folders. In your own file only; the file of another folder may not have it.',
        type: 'array',
        items: { type: 'string', minLength: 1 },
        uniqueItems: true,
      },
    },
    additionalProperties: false,
  }
}

/** A profile of a provider that a package adds. */
function toOtherProfile(providers: readonly Provider[]): Record<string, unknown> {
  return {
    title: 'Provider of a package',
    type: 'object',
    properties: { provider: { type: 'string', not: { enum: providers.map(({ id }) => id) } } },
    required: ['provider'],
  }
}

function toProfileSchema(provider: Provider): Record<string, unknown> {
  const { id, title, summary, fields, baseUrls, readCredentials } = provider
  const members = Object.entries(fields).flatMap(([name, field]) => {
    const schema = name === 'environment' ? undefined : toJsonSchema(field)
    if (schema === undefined) return []
    const path = { description: `${field.help} Its path, counted from this file.` }
    return [[name, isPathMember(provider, name) ? { ...schema, ...path } : schema]]
  })
  const credentials = {
    description: 'The path of the credentials file as it was downloaded, counted from this file.',
    type: 'string',
    minLength: 1,
  }
  return {
    title,
    description: summary,
    type: 'object',
    properties: {
      provider: { const: id },
      environment: { enum: [...new Set([...Object.keys(baseUrls), 'emulator'])] },
      ...Object.fromEntries(members),
      ...(readCredentials === undefined ? {} : { credentials }),
    },
    required: ['provider'],
    additionalProperties: false,
  }
}

if (import.meta.main) {
  const schema = createConfigSchema(await loadProviders())
  const path = new URL('../schema/countersign.schema.json', import.meta.url)
  await writeFile(path, `${JSON.stringify(schema, undefined, 2)}\n`)
}
