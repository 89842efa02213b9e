import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { requestMistakes } from '../src/explain/request-mistakes.ts'
import { timeMistakes } from '../src/explain/time-mistakes.ts'
import { tokenMistakes } from '../src/explain/token-mistakes.ts'

test('the README lists the mistakes that are found for every provider, in their order', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const listed = [...readme.matchAll(/^\| `((?:jwt|clock|request)\.[a-z-]+)` \|/gm)].map(([, id]) => id)
  const general = [...tokenMistakes, ...timeMistakes, ...requestMistakes].map(({ id }) => id)
  expect(listed).toEqual(general)
})
