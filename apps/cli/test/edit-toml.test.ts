import { expect, test } from 'vitest'
import { editToml } from '../src/profiles/edit-toml.ts'

test('a table that is not there is put behind everything', () => {
  const members = { provider: 'utgl' }
  expect(
    editToml('# mine\n', [{ path: ['profiles', 'a.b'], members }], { profiles: { 'a.b': members } }),
  ).toBe('# mine\n\n[profiles."a.b"]\nprovider = "utgl"\n')
})

test('members are changed, dropped and added in their place, beside their comments', () => {
  const text = '[ "a" ]\nb = 1 # one\n# two\nc = 2\nd = 3\n\n# next\n[e]\nf = 4\n'
  const edited = editToml(text, [{ path: ['a'], members: { b: 1, c: 5, g: [6] } }], {
    a: { b: 1, c: 5, g: [6] },
    e: { f: 4 },
  })
  expect(edited).toBe('[ "a" ]\nb = 1 # one\n# two\nc = 5\ng = [ 6 ]\n\n# next\n[e]\nf = 4\n')
})

test.each([
  ['an inline table', 'a = { b = 1 }\n'],
  ['dotted names', 'a.b = 1\n'],
  ['a value on several lines', '[a]\nb = [\n  1,\n]\n'],
  ['a header within a text', '[a]\nb = """\n[a]\n"""\n'],
])('what is written with %s is left to others', (_name, text) => {
  expect(editToml(text, [{ path: ['a'], members: { b: 2 } }], { a: { b: 2 } })).toBeUndefined()
})

test('a table goes with the comments directly above it, unless these are the first words of the file', () => {
  const remove = (text: string) => editToml(text, [{ path: ['a'], members: undefined }], { c: { d: 2 } })
  const rest = '# about c\n[c]\nd = 2\n'
  expect(remove(`# mine\n\n# about a\n[a]\n# within\nb = 1\n\n${rest}`)).toBe(`# mine\n\n${rest}`)
  expect(remove(`# mine\n[a]\nb = [\n  1,\n]\n\n${rest}`)).toBe(`# mine\n\n${rest}`)
  expect(remove(`${rest}\n[a]\nb = 1\n# the end\n`)).toBe(`${rest}\n# the end\n`)
  expect(remove(rest)).toBe(rest)
  expect(remove(`a.b = 1\n${rest}`)).toBeUndefined()
})
