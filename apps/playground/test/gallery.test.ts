import { loadProviders } from '@countersign/providers'
import { expect, test } from 'vitest'
import { acmeEntry } from '../../../tools/test/fixtures/acme-provider.ts'
import { toGallery } from '../src/model/gallery.ts'
import { fromFragment } from '../src/model/share.ts'
import { tamperings } from '../src/model/tampering.ts'
import { loadEntries } from '../src/providers.ts'

const entries = await loadEntries()

test('the gallery has ten refusals, each another one, of every provider and every kind', () => {
  const refusals = toGallery(entries)
  expect(refusals).toHaveLength(10)
  expect(new Set(refusals.map(({ fragment }) => fragment)).size).toBe(10)
  expect(new Set(refusals.map(({ provider }) => provider)).size).toBe(entries.length)
  expect(new Set(refusals.map(({ title }) => title)).size).toBe(tamperings.length - 1)
})

test('each link opens its provider with its fault, which fits it', () => {
  for (const { fragment, title } of toGallery(entries)) {
    const shared = fromFragment(
      fragment,
      entries.map(({ provider }) => provider),
    )
    const provider = entries.find((entry) => entry.provider.id === shared?.provider)?.provider
    const fault = tamperings.find(({ id }) => id === shared?.breaks[0])
    expect(fault?.title).toBe(title)
    if (provider === undefined) throw new Error('The link names no provider.')
    expect(fault?.unavailable({ provider, set: 0 })).toBeUndefined()
  }
})

test('an invented provider is in the gallery as soon as it is registered', async () => {
  const [acme] = await loadProviders([acmeEntry])
  if (acme === undefined) throw new Error('The provider was not loaded.')
  expect(toGallery([acme]).map(({ provider }) => provider)).toContain(acme.provider.title)
})
