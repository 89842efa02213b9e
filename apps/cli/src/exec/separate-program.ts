import type { Option } from 'commander'

/**
 * The words of a command line with `--` before the program that `exec` runs: everything after the second word
 * that is not an option (the provider is the first after `exec`) belongs to that program.
 */
export function separateProgram(argv: readonly string[], options: readonly Option[]): readonly string[] {
  let operands = 0
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '--') return argv
    if (word.startsWith('-') && word !== '-') {
      const option = options.find(({ short, long }) => word === short || word === long)
      const next = argv[index + 1]?.startsWith('-') === false
      if (option?.required === true || (option?.optional === true && next)) index++
      continue
    }
    operands++
    if (operands === 3) return [...argv.slice(0, index), '--', ...argv.slice(index)]
  }
  return argv
}
