import { readFileSync } from 'node:fs'
import { parseProvider } from '@countersign/core/provider'
import { describe, expect, test } from 'vitest'
import { loadProviders, providers } from '../src/index.ts'

describe('the registry', () => {
  test('has each id once', () => {
    const ids = providers.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each(providers)('$id: descriptor, emulator and factory match the entry', async (entry) => {
    const provider = await entry.provider()
    const emulator = (await entry.createEmulator())()
    const adapter = await import(entry.packageName)
    expect({ descriptor: provider.id, emulator: emulator.provider }).toEqual({
      descriptor: entry.id,
      emulator: entry.id,
    })
    expect(adapter[entry.factory]).toBeTypeOf('function')
  })

  test.each(providers)(
    '$id: the descriptor is valid for tools that load it from a package',
    async (entry) => {
      const provider = await entry.provider()
      expect(parseProvider(provider)).toBe(provider)
    },
  )

  test('depends on core and on the adapters that it names', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    const expected = ['@countersign/core', ...providers.map(({ packageName }) => packageName)].sort()
    expect(Object.keys(dependencies)).toEqual(expected)
  })

  test('loads providers in the order of their entries', async () => {
    const loaded = await loadProviders(providers)
    expect(loaded.map(({ provider }) => provider.id)).toEqual(providers.map(({ id }) => id))
  })
})
