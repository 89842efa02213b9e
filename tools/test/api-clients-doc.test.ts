import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('docs/api-clients.md names the versions that are installed', () => {
  const [, list = ''] = /^Run with (.+)\.$/m.exec(read('docs/api-clients.md')) ?? []
  const { devDependencies } = JSON.parse(read('e2e/collections/package.json'))
  const named = list.split(/, | and /).map((item) => item.split(' '))
  expect(named.map(([name]) => name)).toEqual(['@usebruno/cli', 'newman'])
  for (const [name = '', version] of named) expect(devDependencies[name], name).toBe(version)
})
