import { Command } from 'commander'
import { commands } from '../../cli/src/commands/index.ts'
import type { Io } from '../../cli/src/io.ts'
import { run } from '../../cli/src/run.ts'

/** The width of the help: a line fits into the page. */
const columns = 80

const nowhere = { write: () => true }
const silent: Io = { stdin: (async function* () {})(), stdout: nowhere, stderr: nowhere, env: {} }

/** A page with the help of every command, as the command prints it. Options of all commands are shown once. */
export async function makeCommandReference(): Promise<string> {
  const parts = [
    '# Command reference',
    'The help of every command, as `countersign help` prints it. [The command](/command) explains each with examples.',
    block(await help([])),
  ]
  for (const { path, summary } of await listCommands())
    parts.push(
      `${'#'.repeat(path.length + 1)} ${path.join(' ')}`,
      summary,
      block(withoutGlobalOptions(await help(path))),
    )
  return `${parts.join('\n\n')}\n`
}

interface Listed {
  path: string[]
  summary: string
}

async function listCommands(): Promise<Listed[]> {
  const listed: Listed[] = []
  for (const { name, summary, load } of commands) {
    const command = new Command(name).summary(summary)
    await (await load())(command, { io: silent, commands, named: [], end: () => undefined })
    listed.push(...withParts(command, []))
  }
  return listed
}

function withParts(command: Command, above: readonly string[]): Listed[] {
  const path = [...above, command.name()]
  const summary = command.summary() || command.description()
  return [{ path, summary }, ...command.commands.flatMap((part) => withParts(part, path))]
}

async function help(path: readonly string[]): Promise<string> {
  let text = ''
  const stdout = {
    columns,
    write(chunk: string | Uint8Array) {
      text += String(chunk)
      return true
    },
  }
  await run([...path, '--help'], { ...silent, stdout })
  return text.trim()
}

const withoutGlobalOptions = (text: string) => text.replace(/^Global Options:\n(?: .*\n)+\n?/m, '')

const block = (text: string) => `\`\`\`text\n${text}\n\`\`\``
