import { describe, expect, test } from 'vitest'
import { helpFor } from '../src/model/claim-help.ts'

const rule = {
  requirement: 'A `jti` must be used only once.',
  source: 'https://provider.example/jti',
  claims: ['jti'],
}

describe('the explanation of a claim', () => {
  test("has the standard first, then the provider's rule, each with its source", () => {
    expect(helpFor('jti', [rule])).toEqual([
      {
        sentence: expect.stringContaining('JWT ID'),
        source: 'https://www.rfc-editor.org/rfc/rfc7519#section-4.1.7',
      },
      { sentence: rule.requirement, source: rule.source },
    ])
  })

  test('comes only from what exists: the standard or the rule', () => {
    expect(helpFor('kid', [rule])).toHaveLength(1)
    expect(helpFor('uri', [{ ...rule, claims: ['uri'] }])).toEqual([
      { sentence: rule.requirement, source: rule.source },
    ])
  })

  test.each(['constructor', '__proto__', 'toString', 'nonsense'])('is empty for %s', (name) => {
    expect(helpFor(name, [rule])).toEqual([])
  })
})
