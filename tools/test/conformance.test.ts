import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checks } from '../conformance/checks.ts'
import { beforeFullRun, fullRunSection, withFullRun } from '../full-run-table.ts'

const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
const rows = beforeFullRun(page)
  .split('\n')
  .filter((line) => line.startsWith('| '))

test('docs/conformance.md has every check, passed, and no other', () => {
  expect(checks.length).toBeGreaterThan(12)
  const named = checks.map(({ name, against }) => `| ${name} | ${against} | passed: `)
  expect(rows.slice(1).map((row) => row.slice(0, row.indexOf('passed: ') + 8))).toEqual(named)
})

describe('the checks of docs/conformance.md that need only Node', () => {
  const withNode = checks.filter(({ onlyNode }) => onlyNode)
  test.each(withNode)('pass: $name', async ({ name, run }) => {
    const result = await run()
    const said = 'passed' in result ? result.passed : 'not run'
    expect(rows.find((row) => row.includes(`| ${name} |`))).toContain(`| passed: ${said} |`)
  })
})

test('the table of a full run replaces the last one and leaves the rest of the page', () => {
  const row = (seconds: number) => [{ name: 'Types', result: 'passed', seconds }]
  const first = withFullRun('# Page\n\nText\n', { date: '2026-01-01', where: 'Node', rows: row(1) })
  const second = withFullRun(first, { date: '2026-01-02', where: 'Node', rows: row(2) })
  expect(second).toBe(first.replace('2026-01-01', '2026-01-02').replace('| 1 s |', '| 2 s |'))
  expect(beforeFullRun(second) + fullRunSection(second)).toBe(second)
})
