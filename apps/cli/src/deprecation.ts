import { type Command, Option } from 'commander'

/** What is said of a flag or a command that will be removed, as of a name that a package exports (docs/versions.md). */
export interface Deprecation {
  /** The minor version that deprecated it, such as `1.2.0`. */
  since: `${number}.${number}.0`
  /** The next major version, which removes it, such as `2.0.0`. */
  until: `${number}.0.0`
  /** What to use instead, as it is typed, such as `--key-id`. */
  replacement: string
}

interface Deprecated {
  deprecation?: Deprecation
}

/** Marks a flag or a command as deprecated where it is declared: the help says so, and each use says so on stderr. */
export function deprecate<Part extends Option | Command>(part: Part, deprecation: Deprecation): Part {
  const { since, until, replacement } = deprecation
  const words = `since ${since}, removed in ${until}: use ${replacement}`
  if (part instanceof Option) part.description += ` (deprecated ${words})`
  else {
    const sentence = `Deprecated ${words}.`
    part.summary(`${part.summary()} ${sentence}`).description(`${part.description()} ${sentence}`)
  }
  return Object.assign(part, { deprecation } satisfies Deprecated)
}

/** One sentence for each deprecated flag and command that a command line uses. */
export function describeDeprecated(used: Command): string[] {
  const sentences: string[] = []
  for (let at: Command | null = used; at !== null; at = at.parent) {
    const command = at
    const options = command.options.filter(
      (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
    )
    for (const part of [command, ...options]) {
      const { deprecation } = part as Deprecated
      if (deprecation === undefined) continue
      const { since, until, replacement } = deprecation
      const name = part instanceof Option ? (part.long ?? part.short) : wordsOf(command)
      sentences.push(
        `${name} is deprecated since ${since} and will be removed in ${until}: use ${replacement} instead.`,
      )
    }
  }
  return sentences
}

function wordsOf(command: Command): string {
  const words: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name())
  return words.join(' ')
}
