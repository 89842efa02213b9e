import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const [introduction = '', ...sections] = read('docs/oauth-recipes.md').split(/^## /m)
const recipes = globSync('tools/oauth-recipes/*.ts', { cwd: root }).filter(
  (path) => !path.endsWith('/try.ts'),
)

/** The rows of the table whose first column has this title, cell by cell. */
function rowsOf(section: string, title: string): string[][] {
  const [, table = ''] = section.split(new RegExp(`^\\| ${title} \\|.*\\n\\|[-|]+\\|\\n`, 'm'))
  const [rows = ''] = table.split('\n\n')
  return [...rows.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
}

test('docs/oauth-recipes.md has one section for each recipe, and a link to it', () => {
  expect(sections).toHaveLength(recipes.length)
  const anchors = sections.map((section) => section.split('\n', 1)[0]?.toLowerCase().replaceAll(' ', '-'))
  for (const anchor of anchors) expect(introduction).toContain(`](#${anchor})`)
})

test.each(recipes)('docs/oauth-recipes.md quotes %s word for word, and marks each fact', (path) => {
  const section = sections.find((one) => one.includes(`\`${path}\``)) ?? ''
  const [, opening = ''] = section.split('\n\n')
  expect(opening).toMatch(/^You need /)
  const [, quoted = ''] = section.split(`\`${path}\``)
  expect(quoted.split('```typescript\n')[1]?.split('```\n')[0]).toBe(read(path))
  const facts = rowsOf(section, 'Item')
  expect(facts.length).toBeGreaterThan(4)
  for (const [, , mark, source] of facts) {
    expect(mark).toMatch(/^[DS](?:, [DS])?$/)
    expect(source).toBeTruthy()
  }
  const refusals = rowsOf(section, 'Refusal')
  if (refusals.length === 0) expect(section).toContain('documents no texts of refused assertions')
  for (const [, , mark, source] of refusals) {
    expect(mark).toMatch(/^[DSR]$/)
    expect(source).toBeTruthy()
  }
})
