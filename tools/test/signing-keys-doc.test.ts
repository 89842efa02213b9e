import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const page = read('docs/signing-keys.md')

/** What only tries the recipes is not for readers. */
const unquoted = ['try.ts', 'try-signer.ts', 'try-signers.ts', 'stand-ins.ts', 'sign-digest.ts']
const recipes = [
  ...globSync('tools/recipes/*.ts', { cwd: root }).filter(
    (path) => !unquoted.some((name) => path.endsWith(`/${name}`)),
  ),
  'e2e/hsm/src/pkcs11-signing-key.ts',
]

test.each(recipes)('docs/signing-keys.md quotes %s word for word', (path) => {
  const [, quoted = ''] = page.split(`\`${path}\``)
  expect(quoted.split('```typescript\n')[1]?.split('```\n')[0]).toBe(read(path))
})

test('every way to a key that docs/signing-keys.md shows names its digest mistake', () => {
  const sections = page.split(/^## /m).filter((section) => recipes.some((path) => section.includes(path)))
  expect(sections).toHaveLength(7)
  for (const section of sections) expect(section).toMatch(/^\*\*Digest:\*\* \S/m)
})

test('docs/signing-keys.md shows SigningKey as it is declared', () => {
  const declared = read('packages/core/src/keys/signing-key.ts')
    .match(/export interface SigningKey \{([^}]*)\}/)?.[1]
    ?.replaceAll(/^ *\/\*\*.*\*\/\n/gm, '')
    .replace('SigningAlgorithm', "'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512'")
  expect(page).toContain(`interface SigningKey {${declared}}`)
})
