import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { makeApiReference } from '../build/api-reference.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A repository with one package. */
function repositoryWith(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'api-reference-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const manifest = {
    name: '@countersign/acme',
    exports: {
      '.': { '@countersign/source': './src/index.ts' },
      './provider': { '@countersign/source': './src/provider.ts' },
    },
  }
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('packages/acme/package.json', JSON.stringify(manifest))
  write('packages/acme/src/index.ts', code)
  write('packages/acme/src/provider.ts', '/** A provider. */\nexport const provider = 1\n')
  for (const path of ['apps/docs/build/api.tsconfig.json', 'tools/tsconfig.base.json'])
    cpSync(join(root, path), join(folder, path))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

test('the reference shows that an export is deprecated, with the version and a link to what replaces it', async () => {
  const folder = repositoryWith(`
/** Signs. */
export function sign(): void {}

/**
 * Signs.
 *
 * @deprecated Since 1.2.0, removed in 2.0.0: use {@link sign} instead.
 */
export function signText(): void {}
`)
  const [page] = await makeApiReference(folder, '/reference/api')
  expect(page?.markdown).toMatch(
    /### ~~signText\(\)~~[\s\S]*Deprecated\n\nSince 1\.2\.0, removed in 2\.0\.0: use \[sign\]\(#sign\) instead\./,
  )
  expect(page?.markdown.split('### ~~signText()~~')[0]).not.toMatch(/deprecated/i)
})
