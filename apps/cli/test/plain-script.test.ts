import { expect, test } from 'vitest'
import { toPlainScript } from '../build/to-plain-script.ts'

test('a bundle that imports and exports nothing becomes a script', () => {
  const bundle = '#!/usr/bin/env node\nconst one=await 1;process.exitCode=one;export{};'
  expect(toPlainScript(bundle)).toBe(`'use strict';(async()=>{const one=await 1;process.exitCode=one;})()\n`)
})

test.each([
  ['imports', "import { on } from 'node:events'; on"],
  ['exports', 'export const one = 1'],
  ['knows where it is', 'import.meta.url'],
])('a bundle that %s is refused', (_, bundle) => {
  expect(() => toPlainScript(bundle)).toThrow(SyntaxError)
})
