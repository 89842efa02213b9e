import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('what the threat model names as shown is there', () => {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const files = [...page.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path)
  expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([])
  expect(files.length).toBeGreaterThan(15)
})
