import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providers } from '@countersign/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { promisedOutput } from '../promised-output.ts'
import { linkAcme } from './link-acme.ts'
import { linkPackages } from './link-packages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync(['*.md', 'docs/**/*.md', '{packages,apps}/*/README.md'], { cwd: root }).sort()

/** Values that a reader has: snippets may use them without a declaration. */
const given = [
  'clientId',
  'keyId',
  'privateKey',
  'accessKey',
  'passphrase',
  'pem',
  'accountId',
  'apiKey',
  'clientSecret',
  'publicKey',
  'encryptionKey',
]

const snippets = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
    ([, code = ''], index) => ({
      name: `${page}, number ${index + 1}`,
      file: `${page.replaceAll('/', '-')}/example-${index + 1}.ts`,
      code,
    }),
  ),
)

/** The packages that a README says to install; its examples can import nothing else. */
function installed(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^npm install (?:--save-dev )?([@\w/ -]+)$/gm)].flatMap(([, names = '']) =>
    names.split(' '),
  )
}

/** The examples of one page, in a folder of their own with strict `node_modules`. */
function createProject(page: string): void {
  const project = join(folder, page.replaceAll('/', '-'))
  if (!page.endsWith('README.md')) {
    linkPackages(join(project, 'node_modules'))
    // The tests of an example import it.
    const example = join(root, 'e2e/provider-kinds/per-request.ts')
    symlinkSync(example, join(project, 'per-request.ts'))
    return
  }
  mkdirSync(join(project, 'node_modules/@countersign'), { recursive: true })
  linkAcme(project)
  for (const name of installed(page))
    symlinkSync(
      join(root, name.replace(/^(?!@countersign)/, 'node_modules/').replace('@countersign/', 'packages/')),
      join(project, 'node_modules', name),
    )
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snippets-'))
  for (const page of pages) createProject(page)
  const compilerOptions = {
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    isolatedDeclarations: false,
    declaration: false,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.d.ts', '*/*.ts'] }),
  )
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'given.d.ts'), given.map((name) => `declare const ${name}: string\n`).join(''))
  for (const { file, code } of snippets) writeFileSync(join(folder, file), `${code}export {}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the documentation', () => {
  test('has an example for every package', () => {
    const examples = snippets.map(({ code }) => code).join('\n')
    for (const name of ['@countersign/core', ...providers.map(({ packageName }) => packageName)])
      expect(examples).toContain(`'${name}'`)
  })

  test('compiles in every example', () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
  })

  const runnable = snippets.filter(({ code }) => code.includes("/emulator'"))
  test.each(runnable)('README example: $name, works and prints what it says', ({ file, code }) => {
    const parameters = ['--conditions=@countersign/source', file]
    const { stdout, stderr, status } = spawnSync(process.execPath, parameters, {
      cwd: folder,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(promisedOutput(code))
  })

  test('has code that fits beside the navigation of the site', () => {
    // An import, a title or a file name that cannot be broken.
    const unbreakable = /^\s*(import .* from '|\} from '|test\(|\w*:? ?['`])|^\s*Documentation=/
    const wide = pages.flatMap((page) =>
      [
        ...readFileSync(join(root, page), 'utf8').matchAll(
          /^```(?:js|ts|javascript|typescript)\n([\s\S]*?)^```/gm,
        ),
      ]
        .flatMap(([, code = '']) => code.split('\n'))
        .filter((line) => line.length > 84 && !unbreakable.test(line))
        .map((line) => `${page}: ${line}`),
    )
    expect(wide).toEqual([])
  })

  test('links to files that are there', () => {
    for (const page of pages) {
      const text = readFileSync(join(root, page), 'utf8')
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g))
        expect(globSync(join(page, '..', target), { cwd: root }), `${page} links to ${target}`).toHaveLength(
          1,
        )
    }
  })
})
