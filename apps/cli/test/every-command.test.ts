import { afterAll, describe, expect, test } from 'vitest'
import { callTables } from './every-command/call-tables.ts'
import { checkTables } from './every-command/check-tables.ts'
import { exportTables } from './every-command/export-tables.ts'
import { initTables } from './every-command/init-tables.ts'
import { keyTables } from './every-command/key-tables.ts'
import { otherTables } from './every-command/other-tables.ts'
import { profileTables } from './every-command/profile-tables.ts'
import { registeredCommands } from './every-command/registered.ts'
import { kinds, type Row, type Tables } from './every-command/row.ts'
import { createScenario } from './every-command/scenario.ts'
import { type Outcome, runCommand } from './run-command.ts'

/**
 * Each command and all that it says, on stdout, on stderr and by its exit code, for success, bad usage, bad
 * key, refusal and network failure. A registered command that is missing from the tables fails here.
 */
const registered = await registeredCommands()
const scenario = await createScenario()
afterAll(() => scenario[Symbol.asyncDispose]())
const tables: Tables = {
  ...(await callTables(scenario)),
  ...(await initTables(scenario)),
  ...(await keyTables(scenario)),
  ...(await exportTables(scenario)),
  ...(await otherTables(scenario)),
  ...(await checkTables(scenario)),
  ...(await profileTables(scenario)),
}

/** Runs a row, with words before those of the row. */
async function runRow(name: string, row: Row, ...options: string[]): Promise<Outcome> {
  const given = typeof row.given === 'function' ? await row.given() : row.given
  return runCommand([...options, ...name.split(' '), ...row.words], given)
}

/** Rows beside the words that they are called with, files by their names. */
function titled(rows: readonly Row[]): [words: string, row: Row][] {
  return rows.map((row) => [row.words.map(toTitle).join(' '), row])
}

function toTitle(word: string): string {
  return word.replace(/^\/.*\//, '').replace(/^eyJ.*/, 'TOKEN')
}

function expectNothingSecret({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY|hunter2/)
}

test('every command that is registered has a table, and every table its command', () => {
  expect(Object.keys(tables).sort()).toEqual([...registered].sort())
})

describe.each(registered)('%s', (name) => {
  const table = tables[name]
  for (const kind of kinds) {
    const rows = table?.[kind]
    if (rows === undefined || 'never' in rows) {
      test(`${kind}: ${rows?.never ?? 'has no rows'}`, () => expect(rows?.never).toMatch(/^[A-Z].+\.$/))
      continue
    }
    test(`${kind} has rows`, () => expect(rows).not.toHaveLength(0))
    test.each(titled(rows))(`${kind}: %s`, async (_words, row) => {
      const outcome = await runRow(name, row)
      const { stdout, stderr, exitCode } = row
      const like = (text: string | RegExp) => (typeof text === 'string' ? text : expect.stringMatching(text))
      expect(outcome).toEqual({ stdout: like(stdout), stderr: like(stderr), exitCode })
      expectNothingSecret(outcome)
    })
    if (kind === 'success') {
      test.each(titled(rows))('success: %s --json is one value', async (_words, row) => {
        if (row.notJson !== undefined) return
        const { stdout, exitCode } = await runRow(name, row, '--json')
        expect(exitCode).toBe(0)
        expect(stdout.trimEnd().split('\n')).toHaveLength(1)
        expect(JSON.parse(stdout)).toBeTypeOf('object')
      })
      test.each(titled(rows))('success: %s --quiet talks on stdout alone', async (_words, row) => {
        if (row.notQuiet !== undefined) return
        const { stderr, exitCode } = await runRow(name, row, '--quiet')
        expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
      })
    } else
      test.each(titled(rows.filter(({ stdout }) => stdout === '')))(
        `${kind}: %s --json --quiet fails alike`,
        async (_words, row) => {
          const outcome = await runRow(name, row, '--json', '--quiet')
          expect(outcome).toMatchObject({ stdout: '', exitCode: row.exitCode })
          expect(outcome.stderr).toMatch(/^[A-Z_]+: .+\n$/)
          expectNothingSecret(outcome)
        },
      )
  }

  test('--help is on stdout, and says how it is called', async () => {
    const { stdout, stderr, exitCode } = await runCommand([...name.split(' '), '--help'])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatch(new RegExp(`^Usage: countersign ${name} `))
    expect((await runCommand(['help', ...name.split(' ')])).stdout).toBe(stdout)
  })

  test('--help ends with examples, whose options it has', async () => {
    const { stdout } = await runCommand([...name.split(' '), '--help'])
    const [options = '', examples = ''] = stdout.split('\nExamples:\n')
    const own = examples.split('\n').filter((line) => line.includes(`countersign ${name}`))
    expect(own).not.toHaveLength(0)
    for (const line of own) {
      const [, words = ''] = line.split(`countersign ${name}`)
      for (const [flag] of words.split(' -- ')[0]?.matchAll(/(?<=\s)--[a-z-]+/g) ?? [])
        expect(options).toContain(`${flag} `)
    }
  })

  test('an option that it does not have is a usage error, its value unseen', async () => {
    const outcome = await runCommand([...name.split(' '), '--no-such-option=hunter2hunter2'])
    expect(outcome).toMatchObject({ stdout: '', exitCode: 2 })
    expect(outcome.stderr).toMatch(/^CONFIG_INVALID: Unknown option `--no-such-option`.*\n$/)
  })
})
