import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checks } from '../conformance/checks.ts'

const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| '))

test('docs/conformance.md has every check, passed, and no other', () => {
  expect(checks.length).toBeGreaterThan(12)
  const named = checks.map(({ name, against }) => `| ${name} | ${against} | passed: `)
  expect(rows.slice(1).map((row) => row.slice(0, row.indexOf('passed: ') + 8))).toEqual(named)
})

describe('the checks of docs/conformance.md that need only Node', () => {
  const withNode = checks.filter(({ onlyNode }) => onlyNode)
  test.each(withNode)('pass: $name', { timeout: 60_000 }, async ({ name, run }) => {
    const result = await run()
    const said = 'passed' in result ? result.passed : 'not run'
    expect(rows.find((row) => row.includes(`| ${name} |`))).toContain(`| passed: ${said} |`)
  })
})
