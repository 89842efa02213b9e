import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'smol-toml'

type Table = Readonly<Record<string, unknown>>

/** Which table of a document is to hold what; without members, it goes. */
export interface TomlEdit {
  /** Its name, from the root: `['profiles', 'acme']`. */
  path: readonly string[]
  members: Table | undefined
}

/**
 * Makes the text of a document say what `wanted` says by changing the lines of a few tables only, so that
 * comments and order stay. `undefined` where the text is written in a way that this cannot follow.
 */
export function editToml(text: string, edits: readonly TomlEdit[], wanted: Table): string | undefined {
  const edited = edits.reduce(editTable, text)
  try {
    return isDeepStrictEqual(withoutEmpty(plain(parse(edited))), withoutEmpty(plain(wanted)))
      ? edited
      : undefined
  } catch {
    return undefined
  }
}

function editTable(text: string, { path, members }: TomlEdit): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => isHeaderOf(line, path))
  if (start === -1) return members === undefined ? text : appendTable(text, path, members)
  const next = lines.findIndex((line, index) => index > start && line.trimStart().startsWith('['))
  const section = lines.slice(start + 1, next === -1 ? lines.length : next)
  const [above, below] = [lines.slice(0, start), next === -1 ? [] : lines.slice(next)]
  const inside = members === undefined ? undefined : setMembers(section, members)
  if (inside !== undefined)
    return [...above, ...lines.slice(start, start + 1), ...inside, ...below].join('\n')
  const rest = section.slice(section.findLastIndex((line) => !isRemark(line)) + 1)
  return joinParts(withoutRemarkAbove(above), [...rest, ...below])
}

function appendTable(text: string, path: readonly string[], members: Table): string {
  const before = text.trimEnd()
  const table = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), members)
  return `${before}${before === '' ? '' : '\n\n'}${stringify(table).trimEnd()}\n`
}

/** Comments directly above a header are about it, unless they are the first words of the file. */
function withoutRemarkAbove(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex((line) => !line.trimStart().startsWith('#')) + 1
  return end === 0 ? lines : lines.slice(0, end)
}

/** One blank line where something was taken out, and none at the ends. */
function joinParts(above: readonly string[], below: readonly string[]): string {
  const parts = [above.join('\n').trimEnd(), below.join('\n').trim()].filter((part) => part !== '')
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`
}

/** A comment, or a blank line. */
function isRemark(line: string): boolean {
  return /^\s*(#|$)/.test(line)
}

/** The lines of a table, each changed, kept or dropped, and new ones behind the last of them. */
function setMembers(section: readonly string[], members: Table): string[] {
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
  return [...kept.slice(0, end), ...added, ...kept.slice(end)]
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

/** A table with nothing in it says what no table says. */
function withoutEmpty(table: Table): Table {
  const isEmpty = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  return Object.fromEntries(Object.entries(table).filter(([, value]) => !isEmpty(value)))
}
