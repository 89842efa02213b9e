import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createConfigSchema } from '../build/config-schema.ts'
import manifest from '../package.json' with { type: 'json' }
import { checkMember } from '../src/profiles/members.ts'
import { loadProviders } from '../src/providers.ts'

type Members = Record<string, { enum?: string[]; minItems?: number; type?: string }>

test("the published schema is that of the providers' options: pnpm schema renews it", async () => {
  const path = new URL('../schema/countersign.schema.json', import.meta.url)
  const schema = createConfigSchema(await loadProviders())
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(schema)
  expect(manifest.files).toContain('schema')
  expect(manifest.exports['./schema.json']).toBe('./schema/countersign.schema.json')
})

test('the schema and the command agree on the members of a profile', async () => {
  const providers = await loadProviders()
  const { properties } = createConfigSchema(providers) as {
    properties: { profiles: { additionalProperties: { oneOf: { properties: Members }[] } } }
  }
  const every = [
    'environment',
    'credentials',
    'passphrase',
    ...providers.flatMap(({ fields }) => Object.keys(fields)),
  ]
  for (const [index, provider] of providers.entries()) {
    const { provider: _id, ...members } =
      properties.profiles.additionalProperties.oneOf[index]?.properties ?? {}
    const sampleOf = (name: string): unknown => {
      const { [name]: member } = members
      if (member?.type === 'integer') return 10
      if (member?.type === 'array') return [provider.fields[name]?.example ?? 'text']
      if (name === 'baseUrl') return 'https://api.example'
      return member?.enum?.[0] ?? provider.fields[name]?.example ?? 'text'
    }
    const taken = every.filter((name) => checkMember(provider, name, sampleOf(name)) === undefined)
    expect(new Set(taken)).toEqual(new Set(Object.keys(members)))
  }
})
