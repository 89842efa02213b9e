import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readAtStart } from '../packages/read-at-start.ts'

const folder = mkdtempSync(join(tmpdir(), 'at-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('files that are imported count, once each; those of import() do not', () => {
  const files = {
    'a.js': 'import{b}from"./b.js";import"./c.js";const d=()=>import("./d.js"),e=()=>import(`./d.js`);',
    'b.js': "import './c.js'\nexport const b = 1\n",
    'c.js': 'import "./a.js"',
    'd.js': 'export const much = "more"',
  }
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
  const bytes = files['a.js'].length + files['b.js'].length + files['c.js'].length
  expect(readAtStart(join(folder, 'a.js'))).toEqual({ files: 3, bytes })
})
