import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { generateKeyPair } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { libraries } from './comparison/clients.ts'
import { makeAttempt, trials } from './comparison/trials.ts'

const page = readFileSync(new URL('../../../docs/comparison.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '))
const { privateKey } = await generateKeyPair()

/** The installed version of a package. */
function versionOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name)
  const folder = entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`))
  const manifest = readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

describe('what the page says of each library is what happens', () => {
  test.each(trials.map((trial) => [trial.what, trial] as const))('%s', async (what, trial) => {
    const names = Object.keys(libraries)
    const outcomes: string[] = []
    for (const open of Object.values(libraries)) outcomes.push(await makeAttempt(trial, open, privateKey))
    const [, ...promised] = rows.find(([first]) => first === what) ?? []
    expect(Object.fromEntries(names.map((name, index) => [name, outcomes[index]]))).toEqual(
      Object.fromEntries(names.map((name, index) => [name, promised[index]])),
    )
  })
})

test.each(['jose', 'openid-client', 'google-auth-library'])(
  'the page names the version of %s that was tried',
  (name) => {
    expect(page).toContain(`${name} ${versionOf(name)}`)
  },
)
