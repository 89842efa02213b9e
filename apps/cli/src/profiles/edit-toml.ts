import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'smol-toml'

type Table = Readonly<Record<string, unknown>>

/** Which table of a document is to hold what. */
export interface TomlEdit {
  /** Its name, from the root: `['profiles', 'acme']`. */
  path: readonly string[]
  members: Table
}

/**
 * Makes the text of a document say what `wanted` says by changing the lines of a few tables only, so that
 * comments and order stay. `undefined` where the text is written in a way that this cannot follow.
 */
export function editToml(text: string, edits: readonly TomlEdit[], wanted: Table): string | undefined {
  const edited = edits.reduce(setTable, text)
  try {
    return isDeepStrictEqual(plain(parse(edited)), plain(wanted)) ? edited : undefined
  } catch {
    return undefined
  }
}

function setTable(text: string, { path, members }: TomlEdit): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => isHeaderOf(line, path))
  if (start === -1) {
    const before = text.trimEnd()
    const table = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), members)
    return `${before}${before === '' ? '' : '\n\n'}${stringify(table).trimEnd()}\n`
  }
  const next = lines.findIndex((line, index) => index > start && line.trimStart().startsWith('['))
  const section = lines.slice(start + 1, next === -1 ? lines.length : next)
  const rest = { ...members }
  const kept = section.flatMap((line) => {
    const known = memberOf(line)
    if (known === undefined) return [line]
    const [name, value] = known
    const { [name]: wanted } = rest
    delete rest[name]
    if (wanted === undefined) return []
    return isDeepStrictEqual(wanted, value) ? [line] : [stringify({ [name]: wanted }).trimEnd()]
  })
  const added = Object.entries(rest).map(([name, value]) => stringify({ [name]: value }).trimEnd())
  // Comments and blank lines at the end of a section are about the next one.
  const end = kept.findLastIndex((line) => memberOf(line) !== undefined) + 1
  return [
    ...lines.slice(0, start + 1),
    ...kept.slice(0, end),
    ...added,
    ...kept.slice(end),
    ...(next === -1 ? [] : lines.slice(next)),
  ].join('\n')
}

function isHeaderOf(line: string, path: readonly string[]): boolean {
  if (!/^\s*\[[^[]/.test(line)) return false
  const table = parsed(line)
  const wanted = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), {})
  return table !== undefined && isDeepStrictEqual(table, wanted)
}

/** The name and value of a line that holds one member. */
function memberOf(line: string): [string, unknown] | undefined {
  const [entry] = Object.entries(parsed(line) ?? {})
  return entry
}

function parsed(line: string): Table | undefined {
  try {
    return plain(parse(`${line}\n`))
  } catch {
    return undefined
  }
}

/** Tables of the parser have no prototype. */
function plain(table: Table): Table {
  return JSON.parse(JSON.stringify(table)) as Table
}
