import { describe, expect, test } from 'vitest'
import {
  escapeHidden,
  escapeHiddenInLines,
  hasHiddenCharacters,
  hasHiddenInLines,
} from '../src/model/hidden-characters.ts'

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
    expect(escapeHidden(`a${character}b`)).toBe(`a${escaped}b`)
  })

  test.each(['', 'plain text', 'Zoë', '密钥', 'שלום', '👩‍💻', '❤️', 'a\u00a0b'])(
    '%j has none and stays as it is',
    (text) => {
      expect(hasHiddenCharacters(text)).toBe(false)
      expect(escapeHidden(text)).toBe(text)
    },
  )

  test('line breaks and tabs are part of a text of several lines', () => {
    expect(hasHiddenInLines('{\r\n\t"a": 1\n}')).toBe(false)
    expect(hasHiddenInLines('{\n"a": "\u202e"}')).toBe(true)
    expect(escapeHiddenInLines('{\r\n\t"a": "\u202e"\n}')).toBe('{\r\n\t"a": "\\u202e"\n}')
  })
})
