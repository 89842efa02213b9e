import { expect, test } from 'vitest'
import { checkTypes } from '../check-types.ts'

test('the declarations of core compile in a program without the DOM library', async () => {
  const problems = await checkTypes({
    packages: ['core'],
    programs: ['program.ts'],
    compilers: ['typescript-7'],
    nodeTypes: ['types-node-22'],
  })
  expect(problems).toEqual([])
})
