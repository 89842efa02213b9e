import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { entryNames } from '../../tools/packages/manifest.ts'
import type { Result } from './harness.ts'

const run = promisify(execFile)

/** `require` of each entry by a CommonJS program, alone: it gives what `import` gives, and prints nothing. */
export async function requireEntries(
  program: readonly [string, ...string[]],
  folder: string,
): Promise<Result> {
  const result: Result = { passed: 0, failed: [] }
  for (const name of installedEntries(folder)) {
    writeFileSync(
      join(folder, 'require.cjs'),
      `const required = Object.keys(require('${name}'))
import('${name}').then((imported) => {
  const names = Object.keys(imported)
  if (names.length === 0 || names.join() !== required.join()) throw new Error('require gave ' + required)
})
`,
    )
    const [command, ...parameters] = program
    const { stdout, stderr } = await run(command, [...parameters, 'require.cjs'], { cwd: folder }).catch(
      (error) => error,
    )
    if (`${stdout}${stderr}` === '') result.passed += 1
    else result.failed.push({ title: `require of ${name}`, message: `${stdout}${stderr}` })
  }
  return result
}

/** The entries of the libraries that were installed. */
function installedEntries(folder: string): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const ours = Object.keys(dependencies).filter((name) => name.startsWith('@countersign/'))
  return ours.flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
    return entryNames(manifest).filter((entry) => !entry.endsWith('.json'))
  })
}
