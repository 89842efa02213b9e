import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkTypes } from '../check-types.ts'

test('the declarations of core compile in a program without the DOM library', async () => {
  const problems = await checkTypes({
    packages: ['core'],
    programs: { 'program.ts': readFileSync(new URL('../../e2e/types/program.ts', import.meta.url), 'utf8') },
    compilers: ['typescript-7'],
    nodeTypes: ['types-node-22'],
  })
  expect(problems).toEqual([])
})
