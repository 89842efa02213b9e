import { Command } from 'commander'
import { commands } from '../../src/commands/index.ts'
import type { Io } from '../../src/io.ts'

const silent = { write: () => true }
const io: Io = { stdin: (async function* () {})(), stdout: silent, stderr: silent, env: {} }

/** The names of all commands that do something, as they are registered: `token`, `keys inspect`. */
export async function registeredCommands(): Promise<string[]> {
  const program = new Command('countersign')
  const names: string[] = []
  for (const entry of commands) {
    const command = program.command(entry.name)
    await (await entry.load())(command, { io, commands, named: [], end: () => undefined })
    names.push(...leavesOf(command, entry.name))
  }
  return names
}

function leavesOf(command: Command, name: string): string[] {
  if (command.commands.length === 0) return [name]
  return command.commands.flatMap((part) => leavesOf(part, `${name} ${part.name()}`))
}
