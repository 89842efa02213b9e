import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const literal = /(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/.source
/** The problem of an error, in place or under the name `problem`; the code before it is not one. */
const problems = [
  `new (?:Config|Verification|Signing|Request|Token|Key)Error\\(\\s*(?:(?:'[A-Z_]+'|[\\w.]+),\\s*)?${literal}`,
  `\\bconst problem =\\s*${literal}`,
].map((text) => new RegExp(text, 'g'))
const code = /^[A-Z]+_[A-Z_]+$/

function sentencesIn(source: string): string[] {
  return problems
    .flatMap((pattern) => [...source.matchAll(pattern)])
    .map(([, single, double, template]) => single ?? double ?? template ?? '')
    .filter((text) => !code.test(text))
}

/** Begins with a capital letter, a name in backticks or a value, and ends with a full stop. */
const isSentence = (text: string) => /^(?:[A-Z]|\\?`|\$\{)/.test(text) && text.endsWith('.')

test('the problem of every error is a sentence', () => {
  // What is wrong with an option is words that follow its name.
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('/fields.ts'),
  )
  const found = files.flatMap((file) =>
    sentencesIn(readFileSync(`${root}/${file}`, 'utf8')).map((text) => ({ file, text })),
  )
  expect(found.filter(({ text }) => !isSentence(text))).toEqual([])
  expect(found.length).toBeGreaterThan(30)
})

test('what is not a sentence is found', () => {
  const source = [
    "new ConfigError('no key.', {})",
    "new KeyError('KEY_MALFORMED', 'No key')",
    'new RequestError(\n  code,\n  `The call failed.`,\n)',
    "const problem = `\\`a\\` is missing.`\nnew TokenError('TOKEN_RESPONSE_INVALID', problem)",
  ].join('\n')
  expect(sentencesIn(source)).toEqual(['no key.', 'No key', 'The call failed.', '\\`a\\` is missing.'])
  expect(sentencesIn(source).filter((text) => !isSentence(text))).toEqual(['no key.', 'No key'])
})
