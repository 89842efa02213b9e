import { readFileSync, writeFileSync } from 'node:fs'
import type { Check, CheckResult } from './conformance/check.ts'
import { checks } from './conformance/checks.ts'
import { beforeFullRun, fullRunSection } from './full-run-table.ts'

const page = new URL('../docs/conformance.md', import.meta.url)

const text = (rows: string[]) => `# Conformance

What signatures, keys and tokens are compared with: the standards' own vectors, Wycheproof, OpenSSL and three other libraries. \`pnpm conformance\` runs every line of this table, fails if one of them fails, and writes this page. Node ${process.versions.node}, with OpenSSL ${process.versions.openssl}.

| Check | Held against | Result |
|---|---|---|
${rows.join('\n')}

The checks that need only Node also run with the tests. Wycheproof's need the variable \`COUNTERSIGN_VECTORS\`, the path of a folder that contains the sets in \`wycheproof\`; openssl's and jwcrypto's need the Debian packages \`openssl\` and \`python3-jwcrypto\`. \`pnpm conformance --check\` runs what can be run and does not write this page.
`

/** Returns a failure instead of throwing it, so that the remaining checks run. */
async function attempt(check: Check): Promise<CheckResult | { failed: string }> {
  try {
    return await check.run()
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

const rows: string[] = []
let failures = 0
let left = 0
for (const check of checks) {
  const result = await attempt(check)
  const said =
    'failed' in result
      ? `FAILED: ${result.failed}`
      : 'notRun' in result
        ? `not run: ${result.notRun}`
        : `passed: ${result.passed}`
  if ('failed' in result) failures += 1
  if ('notRun' in result) left += 1
  rows.push(`| ${check.name} | ${check.against} | ${said} |`)
  console.log(`${check.name} (${check.against}): ${said}`)
}
console.log(`${rows.length - failures - left} passed, ${failures} failed, ${left} not run`)
if (failures > 0) process.exitCode = 1
else if (process.argv.includes('--check')) console.log('docs/conformance.md was not written.')
else if (left > 0) {
  console.error('docs/conformance.md was not written: it needs every check.')
  process.exitCode = 1
} else {
  const section = fullRunSection(readFileSync(page, 'utf8'))
  writeFileSync(page, section === '' ? text(rows) : beforeFullRun(text(rows)) + section)
}
