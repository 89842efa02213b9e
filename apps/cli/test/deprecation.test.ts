import { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { isComplete } from '../../../tools/deprecations.ts'
import type { CommandEntry } from '../src/command.ts'
import { commands } from '../src/commands/index.ts'
import { type Deprecation, deprecate } from '../src/deprecation.ts'
import { createOutput } from '../src/output.ts'
import { runCommand } from './run-command.ts'

const facts: Deprecation = { since: '1.2.0', until: '2.0.0', replacement: '--new-name' }

/** A command with a deprecated flag, and one that is deprecated as a whole, as is one of its own commands. */
const entries: readonly CommandEntry[] = [
  ...commands,
  {
    name: 'example',
    summary: 'Print a name.',
    load:
      async () =>
      (command, { io }) => {
        command
          .option('--new-name <text>', 'the name')
          .addOption(deprecate(new Option('--name <text>', 'the name as well').default('nobody'), facts))
          .action(() => {
            const { newName, name, ...options } = command.optsWithGlobals()
            const output = createOutput(io, options)
            if (output.json) output.value({ name: newName ?? name })
            else output.result(newName ?? name)
          })
      },
  },
  {
    name: 'former',
    summary: 'Print a text.',
    deprecation: { ...facts, replacement: 'example' },
    load:
      async () =>
      (command, { io }) => {
        const print = () => createOutput(io, {}).result('a text')
        const part = command.command('part').summary('Print it.').description('Print it.').action(print)
        deprecate(part, { since: '3.4.0', until: '4.0.0', replacement: 'example part' })
        command.action(print)
      },
  },
]

const run = (argv: readonly string[]) => runCommand(argv, { entries })

test('a deprecated flag works, and stderr says once what replaces it', async () => {
  const expected = '--name is deprecated since 1.2.0 and will be removed in 2.0.0: use --new-name instead.\n'
  expect(await run(['example', '--name', 'one', '--name=two'])).toEqual({
    stdout: 'two\n',
    stderr: expected,
    exitCode: 0,
  })
  expect(await run(['example', '--json', '--name', 'one'])).toEqual({
    stdout: '{"name":"one"}\n',
    stderr: expected,
    exitCode: 0,
  })
  expect(await run(['example', '--name', 'one', '--quiet'])).toMatchObject({ stdout: 'one\n', stderr: '' })
  expect(await run(['example', '--new-name', 'one'])).toMatchObject({ stdout: 'one\n', stderr: '' })
  expect(await run(['example'])).toMatchObject({ stdout: 'nobody\n', stderr: '' })
})

test('a deprecated command works, and stderr names each part that is deprecated', async () => {
  const whole =
    'countersign former is deprecated since 1.2.0 and will be removed in 2.0.0: use example instead.\n'
  const part =
    'countersign former part is deprecated since 3.4.0 and will be removed in 4.0.0: use example part instead.\n'
  expect(await run(['former'])).toEqual({ stdout: 'a text\n', stderr: whole, exitCode: 0 })
  expect(await run(['former', 'part'])).toEqual({ stdout: 'a text\n', stderr: part + whole, exitCode: 0 })
  expect(await run(['former', 'part', '--quiet'])).toMatchObject({ stdout: 'a text\n', stderr: '' })
})

test('the help names what replaces a deprecated flag or command, and stderr says nothing', async () => {
  const inOneLine = async (...argv: string[]) => {
    const { stdout, stderr } = await run(argv)
    expect(stderr).toBe('')
    return stdout.replace(/\s+/g, ' ')
  }
  const words = 'since 1.2.0, removed in 2.0.0: use'
  expect(await inOneLine('example', '--help')).toContain(
    `--name <text> the name as well (deprecated ${words} --new-name) (default: "nobody")`,
  )
  expect(await inOneLine('--help')).toContain(`former Print a text. Deprecated ${words} example.`)
  expect(await inOneLine('former', '--help')).toContain(
    'part Print it. Deprecated since 3.4.0, removed in 4.0.0: use example part.',
  )
  expect(await inOneLine('former', 'part', '--help')).toContain('Print it. Deprecated since 3.4.0')
})

test('whatever the command deprecates says since and until when, and what replaces it', async () => {
  expect((await findDeprecations(entries)).toSorted()).toEqual(
    ['example', '--new-name', 'example part']
      .map(
        (name) =>
          `Since ${name === 'example part' ? '3.4.0, removed in 4.0.0' : '1.2.0, removed in 2.0.0'}: use \`${name}\` instead.`,
      )
      .toSorted(),
  )
  const declared = await findDeprecations(commands)
  expect(declared.filter((sentence) => !isComplete(sentence))).toEqual([])
})

/** The facts of all that is deprecated, in the form of `@deprecated`. */
async function findDeprecations(listed: readonly CommandEntry[]): Promise<string[]> {
  const nowhere = { write: () => true }
  const io = { stdin: (async function* () {})(), stdout: nowhere, stderr: nowhere, env: {} }
  const found: (Deprecation | undefined)[] = []
  for (const { name, deprecation, load } of listed) {
    const command = new Command(name)
    await (await load())(command, { io, commands: listed, named: [], end: () => undefined })
    const parts = [command, ...command.commands]
    found.push(deprecation, ...parts.flatMap((part) => [part, ...part.options]).map(deprecationOf))
  }
  return found.flatMap((facts) =>
    facts === undefined
      ? []
      : [`Since ${facts.since}, removed in ${facts.until}: use \`${facts.replacement}\` instead.`],
  )
}

const deprecationOf = (part: object) => (part as { deprecation?: Deprecation }).deprecation
