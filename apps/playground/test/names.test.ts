import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadEntries } from '../src/providers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const entries = await loadEntries()

test("no provider's name is in the page's own code", () => {
  const files = ['index.html', ...globSync('{src,build}/**/*.{ts,tsx,css}', { cwd: root })]
  // The generic adapter is named after the protocol, which code may mention.
  const names = entries.flatMap(({ provider: { id, title }, factory }) =>
    id === 'oauth' ? [factory] : [id, title, factory],
  )
  const found = files.flatMap((file) => {
    const text = readFileSync(`${root}/${file}`, 'utf8').toLowerCase()
    return names.filter((name) => text.includes(name.toLowerCase())).map((name) => `${file}: ${name}`)
  })
  expect(names.length).toBeGreaterThan(12)
  expect(files.length).toBeGreaterThan(40)
  expect(found).toEqual([])
})
