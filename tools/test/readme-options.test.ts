import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type OptionRow, toOptionRows } from '@countersign/core/provider'
import { loadProviders } from '@countersign/providers'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface ReadmeRow {
  names: readonly string[]
  defaultValue: string
  help: string
}

/** The rows of the table under "Options"; one row may be about several options. */
function readTable(packageName: string): ReadmeRow[] {
  const text = readFileSync(`${root}/${packageName.replace('@countersign/', 'packages/')}/README.md`, 'utf8')
  const [, section = ''] = /^## Options\n([\s\S]*?)^## /m.exec(text) ?? []
  return [...section.matchAll(/^\| (`.*?`) \| (.*?) ?\| (.*?) \|$/gm)].map(
    ([, names = '', defaultValue = '', help = '']) => ({
      names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
      defaultValue: defaultValue.replaceAll('`', '').trim(),
      help,
    }),
  )
}

const loaded = await loadProviders()

describe.each(loaded.map((one) => [one.packageName, one] as const))(
  'the options in the README of %s',
  (packageName, { provider }) => {
    const { fields, baseUrls } = provider
    const table = readTable(packageName)
    const rowOf = (name: string) => table.find(({ names }) => names.includes(name))
    const rows: OptionRow[] = toOptionRows(fields)

    test('are those that the factory takes', () => {
      const takes = rows.flatMap(({ name }) =>
        name === 'privateKey' && fields['privateKeys'] === undefined ? [name, 'privateKeys'] : [name],
      )
      expect(table.flatMap(({ names }) => names).toSorted()).toEqual(takes.toSorted())
    })

    test('are required where the factory requires them', () => {
      const required = table
        .filter(({ defaultValue }) => defaultValue === 'required')
        .flatMap(({ names }) => names)
      expect(required).toEqual(rows.filter((row) => row.required).map(({ name }) => name))
    })

    test('have the default that is declared, and name the bounds and the choices', () => {
      for (const { name, defaultValue } of rows) {
        const row = rowOf(name)
        if (defaultValue !== '') expect(row?.defaultValue, name).toBe(JSON.parse(defaultValue).toString())
        const { max, choices = [] } = fields[name] ?? {}
        if (max !== undefined) expect(row?.help, name).toMatch(new RegExp(`\\b${max}\\b`))
        for (const choice of choices) expect(`${row?.defaultValue} ${row?.help}`, name).toContain(`${choice}`)
      }
    })

    test('have the documented base URL, or the environments that have one', () => {
      const urls = Object.values(baseUrls)
      const documented = fields['environment'] === undefined ? urls[0] : 'that of environment'
      expect(rowOf('baseUrl')?.defaultValue).toBe(
        fields['baseUrl']?.required === true ? 'required' : documented,
      )
      for (const name of fields['environment']?.choices ?? []) expect(baseUrls).toHaveProperty(name)
    })
  },
)
