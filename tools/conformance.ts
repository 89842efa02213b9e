import { writeFileSync } from 'node:fs'
import type { Check, CheckResult } from './conformance/check.ts'
import { checks } from './conformance/checks.ts'

const page = new URL('../docs/conformance.md', import.meta.url)

const text = (rows: string[]) => `# What was run, and passed

Made by \`pnpm conformance\`, which runs every line of this table and fails when one of them does not hold. Node ${process.versions.node}, with OpenSSL ${process.versions.openssl}.

| Check | Held against | Result |
|---|---|---|
${rows.join('\n')}

The checks that need nothing but Node run with the tests. Those of Wycheproof want the variable \`COUNTERSIGN_VECTORS\`, the path of a folder whose folder \`wycheproof\` has the sets; those of openssl and jwcrypto the Debian packages \`openssl\` and \`python3-jwcrypto\`. \`pnpm conformance --check\` runs all that can be run and leaves this page as it is.
`

/** A failure is told, not thrown, so that the rest is run, too. */
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
else if (process.argv.includes('--check')) console.log('docs/conformance.md is left as it is.')
else if (left > 0) {
  console.error('docs/conformance.md is left as it is: it is written only when everything was run.')
  process.exitCode = 1
} else writeFileSync(page, text(rows))
