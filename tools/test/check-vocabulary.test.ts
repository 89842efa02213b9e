import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findBanned } from '../check-vocabulary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the vocabulary check', () => {
  test.each([
    ['a comment', '// The text is no key.', 'is no'],
    ['a camel-case identifier', 'export function findTraps() {}', 'traps'],
    ['a constant in capitals', 'const RULE_PHASE = 1', 'rule phase'],
    ['a word with a hyphen', '<div className="desk-list">', 'desk'],
    ['a test title', "test('a 401 tells why', () => {})", 'tells'],
    ['a curly apostrophe', "const text = 'the caller\u2019s'", '\u2019'],
  ])('finds a banned phrase in %s', (_where, content, phrase) => {
    expect(findBanned('packages/one/src/a.ts', content)).toMatchObject([{ line: 1, phrase }])
  })

  test('finds a banned phrase in the name of a file', () => {
    expect(findBanned('apps/one/src/ui/desk.ts', '')).toMatchObject([{ line: 0, phrase: 'desk' }])
  })

  test.each([
    'There is no key at this address.',
    'The token is no longer fresh.',
    'Math.floor(seconds)',
    '{"hello":"world"}',
    'trap \'rm -f "$log"\' EXIT',
    'raise the limit when there is room',
  ])('accepts %s', (content) => {
    expect(findBanned('packages/one/src/a.ts', content)).toEqual([])
  })

  test('accepts curly quotes in prose', () => {
    expect(findBanned('docs/a.md', 'the caller\u2019s')).toEqual([])
  })
})

test('the spelling check names a misspelt word and accepts British and American spelling', () => {
  // In two parts, because this file is checked too.
  const typo = ['ver', 'fi', 'ed'].join('')
  const parameters = ['lint', '--no-progress', '--no-summary', '--words-only', 'stdin://page.md']
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/cspell'), parameters, {
    cwd: root,
    encoding: 'utf8',
    input: `The signature is ${typo} and the authorisation, or authorization, is serialised.\n`,
  })
  expect({ status, stdout }).toEqual({ status: 1, stdout: `${typo}\n` })
})
