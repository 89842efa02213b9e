import { bash, fish, pwsh, type ShellCompletion, zsh } from '@optique/core/completion'
import type { Suggestion } from './suggest.ts'

/** The shells, by the names that people know. */
const shells: Readonly<Record<string, ShellCompletion>> = { bash, zsh, fish, powershell: pwsh }

/** The script that makes a shell ask the command what can stand at the cursor. */
export function completionScript(shell: string): string {
  return `${shellOf(shell).generateScript('countersign', ['completion', shell, '--']).trim()}\n`
}

/** Suggestions in the form that the shell's script reads. */
export function encodeSuggestions(shell: string, suggestions: readonly Suggestion[]): string {
  const encoded = suggestions.map((one) =>
    one === 'file'
      ? { kind: 'file' as const, type: 'any' as const }
      : { kind: 'literal' as const, text: one.text, ...describe(one.description) },
  )
  // Between suggestions all have a line break but zsh, whose script reads lines as well.
  return [...shellOf(shell).encodeSuggestions(encoded)].join(shell === 'zsh' ? '\n' : '')
}

function describe(text: string): { description?: [{ type: 'text'; text: string }] } {
  return text === '' ? {} : { description: [{ type: 'text', text }] }
}

function shellOf(name: string): ShellCompletion {
  const shell = shells[name]
  if (shell === undefined) throw new Error(`There is no completion for ${name}.`)
  return shell
}
