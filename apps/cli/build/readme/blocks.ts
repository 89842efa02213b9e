/** A command of a README and what it printed. */
export interface Step {
  /** As it was typed, without `$ `; lines that end with a backslash go on in the next. */
  command: string
  output: readonly string[]
}

/** A `console` block, or a `toml` block that the README says is a file. */
export type Block =
  | { kind: 'console'; start: number; end: number; steps: readonly Step[] }
  | { kind: 'file'; path: string; content: string }

/** What stands for lines that are left out. */
const leftOut = '…'

/** The blocks of a README, in their order. `<!-- file: PATH -->` above a block makes it a file. */
export function readBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\w+)$/.exec(lines[at] ?? '')
    if (fence === null) continue
    const start = at + 1
    const end = lines.indexOf('```', start)
    const inside = lines.slice(start, end)
    const path = /^<!-- file: (\S+) -->$/.exec(lines[at - 1] ?? '')?.[1]
    if (path !== undefined) blocks.push({ kind: 'file', path, content: `${inside.join('\n')}\n` })
    else if (fence[1] === 'console') blocks.push({ kind: 'console', start, end, steps: readSteps(inside) })
    at = end
  }
  return blocks
}

function readSteps(lines: readonly string[]): Step[] {
  const steps: { command: string; output: string[] }[] = []
  for (const line of lines) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] })
    else if (last === undefined) throw new Error(`a console block begins with a command, not with: ${line}`)
    else if (last.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`
    else last.output.push(line)
  }
  return steps
}

/** A step as written in the README. */
export function writeStep({ command, output }: Step): string[] {
  return [...`$ ${command}`.split('\n'), ...output]
}

/**
 * The new output, shortened as the old one was: where that has a line `…`, as many lines are kept before
 * it and behind it.
 */
export function shortenAs(old: readonly string[], output: readonly string[]): readonly string[] {
  const gap = old.indexOf(leftOut)
  if (gap === -1 || output.length <= old.length - 1) return output
  const behind = old.length - 1 - gap
  return [...output.slice(0, gap), leftOut, ...output.slice(output.length - behind)]
}
