import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toTypeScript } from '../src/model/snippets/typescript.ts'
import { entryOf, openForm } from './form-fixture.ts'
import { snippetCases } from './snippet-cases.ts'

const playground = fileURLToPath(new URL('..', import.meta.url))
const tsc = join(playground, '../../node_modules/.bin/tsc')
let folder: string

beforeAll(async () => {
  // Within the package, so that the packages are found as they are from there.
  folder = await mkdtemp(join(playground, '../../packages/providers/node_modules/.snippets-'))
})

afterAll(async () => rm(folder, { recursive: true }))

/** The compiler's output for programs, with the settings of an ordinary project. */
async function check(programs: Readonly<Record<string, string>>): Promise<string> {
  await Promise.all(
    Object.entries(programs).map(([name, text]) => writeFile(join(folder, `${name}.ts`), text)),
  )
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    customConditions: ['@countersign/source'],
  }
  const files = Object.keys(programs).map((name) => `${name}.ts`)
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return new Promise((resolve) => {
    execFile(tsc, ['-p', folder], { cwd: folder }, (error, stdout, stderr) =>
      resolve(error === null ? '' : `${stdout}${stderr}` || String(error)),
    )
  })
}

test('the TypeScript of every form type-checks', async () => {
  const texts = await Promise.all(
    snippetCases.map(async ({ open }, index) => {
      const { entry, form } = await open()
      return [`snippet-${index}`, toTypeScript(entry, form)] as const
    }),
  )
  expect(await check(Object.fromEntries(texts))).toBe('')
})

test('an option of the wrong type is found', async () => {
  const { entry, form } = await openForm('cdata', { texts: { lifetimeSeconds: 'soon' } })
  expect(await check({ wrong: toTypeScript(entry, form) })).toContain(
    "'string' is not assignable to type 'number'",
  )
})

test('the TypeScript is idiomatic', async () => {
  const { form } = await openForm('cdata', {
    texts: { subAccountId: "O'Hara", connectionIds: 'one,two', lifetimeSeconds: '60' },
    request: { method: 'POST', path: '/query', body: '{"a":"b\\n"}' },
  })
  expect(toTypeScript(entryOf('cdata'), form)).toBe(
    [
      '// npm install @countersign/cdata',
      "import { readFile } from 'node:fs/promises'",
      "import { createCData } from '@countersign/cdata'",
      '',
      'const cdata = createCData({',
      "  accountId: 'cdata-account-1',",
      '  subAccountId: "O\'Hara",',
      "  connectionIds: ['one', 'two'],",
      '  lifetimeSeconds: 60,',
      "  privateKey: await readFile('private_key.pem', 'utf8'),",
      '})',
      '',
      "const response = await cdata.api('query', {",
      "  method: 'POST',",
      '  body: \'{"a":"b\\\\n"}\',',
      "  headers: { 'content-type': 'application/json' },",
      '})',
      'console.log(await response.text())',
    ].join('\n'),
  )
})
