import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')

/** Every code in the unions that the error classes are declared with. */
const declared = [...read('packages/core/src/errors/codes.ts').matchAll(/'([A-Z_]+)'/g)].map(
  ([, code]) => code,
)
const page = read('docs/errors.md')
const sections = page.split(/^### /m).slice(1)

test('docs/errors.md has every error code and no other', () => {
  expect(declared.length).toBeGreaterThan(20)
  const documented = sections.map((section) => section.match(/^`([A-Z_]+)`\n/)?.[1])
  expect(documented.sort()).toEqual(declared.sort())
})

test('docs/errors.md gives meaning, cause and fix of every code', () => {
  for (const section of sections)
    expect(section).toMatch(/\*\*Means\*\* \S[\s\S]+\*\*Cause\*\* \S[\s\S]+\*\*Fix\*\* \S/)
})
