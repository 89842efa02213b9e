import { describe, expect, test } from 'vitest'
import { helpFor } from '../src/model/claim-help.ts'

const rule = { sentence: 'A jti is used once.', source: 'https://provider.example/jti', reads: ['jti'] }

describe('what is said of a claim', () => {
  test('is the standard’s word first, then the provider’s, each with its source', () => {
    expect(helpFor('jti', [rule])).toEqual([
      {
        sentence: expect.stringContaining('Token id'),
        source: 'https://www.rfc-editor.org/rfc/rfc7519#section-4.1.7',
      },
      { sentence: rule.sentence, source: rule.source },
    ])
  })

  test('is the standard’s alone where no rule reads it, and the rule’s alone where no standard knows it', () => {
    expect(helpFor('kid', [rule])).toHaveLength(1)
    expect(helpFor('uri', [{ ...rule, reads: ['uri'] }])).toEqual([
      { sentence: rule.sentence, source: rule.source },
    ])
  })

  test.each(['constructor', '__proto__', 'toString', 'nonsense'])('is nothing for %s', (name) => {
    expect(helpFor(name, [rule])).toEqual([])
  })
})
