import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const page = read('docs/integrations.md')
const examples = globSync('e2e/integrations/{frameworks,clients,runners}/**/*.{ts,js,cjs,yaml,json}', {
  cwd: root,
})
const { devDependencies } = JSON.parse(read('e2e/integrations/package.json')) as {
  devDependencies: Record<string, string>
}

test.each(examples)('docs/integrations.md quotes %s word for word', (path) => {
  const [, quoted = ''] = page.split(`\`${path}\``)
  expect(quoted.match(/^:\n\n```\w+\n([\s\S]*?)```\n/)?.[1]).toBe(read(path))
})

test('docs/integrations.md quotes no file that does not exist, and names the versions that are installed', () => {
  const quoted = [...page.matchAll(/`(e2e\/integrations\/[^`]+)`:/g)].map(([, path]) => path)
  expect(quoted.toSorted()).toEqual(examples.toSorted())
  const named = [...page.matchAll(/^Run with (.+)\.$/gm)].flatMap(([, list = '']) =>
    list.split(/, | and /).map((item) => item.split(' ')),
  )
  expect(named.length).toBeGreaterThan(3)
  for (const [name = '', version] of named) expect(devDependencies[name], name).toBe(version)
})
