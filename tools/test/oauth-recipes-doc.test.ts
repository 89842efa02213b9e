import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const page = read('docs/oauth-recipes.md')
const recipes = globSync('tools/oauth-recipes/*.ts', { cwd: root }).filter(
  (path) => !path.endsWith('/try.ts'),
)

test.each(recipes)('docs/oauth-recipes.md quotes %s word for word, and marks each fact', (path) => {
  const [, quoted = ''] = page.split(`\`${path}\``)
  expect(quoted.split('```typescript\n')[1]?.split('```\n')[0]).toBe(read(path))
  const [section = ''] = quoted.split(/^## /m)
  const rows = [...section.matchAll(/^\| (?!Item|-)(.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
  expect(rows.length).toBeGreaterThan(4)
  for (const [, , mark] of rows) expect(mark).toMatch(/^[DS](?:, [DS])?$/)
})
