import { escapeHiddenCharacters, hasHiddenCharacters, toVisibleJson } from '@countersign/core/provider'
import { describe, expect, test } from 'vitest'

describe('hidden characters', () => {
  test.each([
    ['a line break', '\n', '\\u000a'],
    ['NUL', '\0', '\\u0000'],
    ['the escape of terminals', '\u001b', '\\u001b'],
    ['a C1 control', '\u009b', '\\u009b'],
    ['a right-to-left override', '\u202e', '\\u202e'],
    ['an isolate', '\u2066', '\\u2066'],
    ['the Arabic letter mark', '\u061c', '\\u061c'],
    ['a line separator', '\u2028', '\\u2028'],
    ['a zero-width space', '\u200b', '\\u200b'],
    ['a byte order mark', '\ufeff', '\\ufeff'],
    ['a lone surrogate', '\ud800', '\\ud800'],
    ['a tag character', '\u{e0041}', '\\udb40\\udc41'],
  ])('%s is found and escaped', (_what, character, escaped) => {
    expect(hasHiddenCharacters(`a${character}b`)).toBe(true)
    expect(escapeHiddenCharacters(`a${character}b`)).toBe(`a${escaped}b`)
  })

  test.each(['', 'plain text', 'Zoë', '密钥', 'שלום', '👩‍💻', '❤️', 'a\u00a0b'])(
    '%j has none and stays as it is',
    (text) => {
      expect(hasHiddenCharacters(text)).toBe(false)
      expect(escapeHiddenCharacters(text)).toBe(text)
    },
  )

  test('tabs and line ends are part of a text of several lines', () => {
    const lines = { lines: true }
    expect(hasHiddenCharacters('{\r\n\t"a": 1\n}', lines)).toBe(false)
    expect(hasHiddenCharacters('{\n"a": "\u202e"}', lines)).toBe(true)
    expect(escapeHiddenCharacters('{\r\n\t"a": "\u202e"\n}', lines)).toBe('{\r\n\t"a": "\\u202e"\n}')
  })

  test('a carriage return in a line is hidden: a terminal would write over what is left of it', () => {
    expect(escapeHiddenCharacters('safe\rfake', { lines: true })).toBe('safe\\u000dfake')
  })

  test('are written in the form that the caller needs', () => {
    const toEscape = (character: string) => `<${character.codePointAt(0)}>`
    expect(escapeHiddenCharacters('a\u001bb\u{e0041}', { toEscape })).toBe('a<27>b<917569>')
  })
})

test('in JSON nothing is hidden and the value stays the same, joiners included', () => {
  const value = { iss: 'a\u200db\u202e\u{e0041}\n' }
  const json = toVisibleJson(value)
  expect(json).toBe('{"iss":"a\\u200db\\u202e\\udb40\\udc41\\n"}')
  expect(JSON.parse(json)).toEqual(value)
  expect(toVisibleJson(undefined)).toBe('undefined')
})
