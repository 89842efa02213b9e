import { parseSync } from 'oxc-parser'
import { type Node, walk } from '../structure/source-tree.ts'
import type { ProviderNames } from './names.ts'

/** What turns the files of one adapter into those of another. */
export interface Renaming {
  from: ProviderNames
  to: ProviderNames
  /** Hosts of the old provider, each with the one to write. */
  hosts: ReadonlyMap<string, string>
  /** Ids of the old provider's rules and mistakes. */
  ruleIds: readonly string[]
}

/** Texts of standards, and links, which may hold the id of an adapter as a word. */
const kept = String.raw`urn:[\w:.-]+|\.well-known\/[\w-]+|docs\/[\w-]+\.md|\bOAuth 2\.\d`

/** Renames in text: prose, strings, comments, JSON. */
export function renameText(text: string, { from, to, hosts, ruleIds }: Renaming): string {
  // In a regular expression a host has its dots escaped.
  const escaped = [...hosts.keys()]
    .sort((one, other) => other.length - one.length)
    .map((name) => escapePattern(name).replaceAll('\\.', '\\\\?\\.'))
  const host = escaped.length === 0 ? '(?!)' : `(?<![\\w.-])(?:${escaped.join('|')})(?![\\w-])`
  const title = `(?<!\\w)${escapePattern(from.title)}(?!\\w)`
  const names = [`${from.variable}(?=_)`, `${from.pascal}(?=[A-Z])`, `(?<=[a-z])${from.pascal}(?![a-z])`]
  const camel = `\\b${from.camel}(?=[A-Z])`
  const word = `\\b${from.id}\\b(?:(?:\\.[\\w-]+)+)?`
  const pattern = new RegExp(
    [`(?<kept>${kept})`, `(?<host>${host})`, `(?<title>${title})`]
      .concat(names.map((name, index) => `(?<name${index}>${name})`))
      .concat(
        `(?<snake>\\b${from.id}(?=_))`,
        `(?<camel>${camel})`,
        `(?<word>${word})`,
        `(?<other>\\b(?:${brands(from).join('|')})\\b)`,
      )
      .join('|'),
    'g',
  )
  return text.replace(pattern, (match: string, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>
    if (groups['kept'] !== undefined) return match
    if (groups['host'] !== undefined) {
      const host = hosts.get(match.replaceAll('\\', '')) ?? match
      return match.includes('\\') ? escapePattern(host) : host
    }
    const [offset, whole] = rest.slice(-3, -1) as [number, string]
    // `ACME-API` is a name in capitals.
    if (match === from.id.toUpperCase() && whole[offset + match.length] === '-') return to.id.toUpperCase()
    if (groups['title'] !== undefined || groups['other'] !== undefined) return to.title
    if (groups['snake'] !== undefined) return to.id.replaceAll('-', '_')
    if (groups['name0'] !== undefined) return to.variable
    if (groups['name1'] !== undefined || groups['name2'] !== undefined) return to.pascal
    if (groups['camel'] !== undefined) return to.camel
    // `acme.exp` is a rule, `./acme.ts` is a file, and `acme.api` is a call.
    const tail = match.slice(from.id.length)
    const isFile = whole[offset - 1] === '/'
    const isCall = tail !== '' && !isFile && !ruleIds.some((id) => id === match || match.startsWith(`${id}.`))
    return `${isCall ? to.camel : to.id}${tail}`
  })
}

/** How the old provider is written in prose besides its title: `UTGL`, `CData`. */
function brands({ pascal, id }: ProviderNames): string[] {
  return [...new Set([pascal, id.toUpperCase()])].map(escapePattern)
}

/** Renames in TypeScript: identifiers by syntax, everything between them as text. */
export function renameCode(code: string, renaming: Renaming): string {
  const { program, errors, comments } = parseSync('code.ts', code)
  if (errors.length > 0) throw new Error(`The code cannot be parsed: ${errors[0]?.message}`)
  const foreign = foreignNames(program.body as unknown as Node[], renaming.from.id)
  const edits = new Map<number, { end: number; text: string }>()
  walk(program, ({ type, start, end, name }) => {
    if (type !== 'Identifier' || typeof name !== 'string') return
    // The span of a declared parameter or constant includes its type.
    const length = Math.min(Number(end) - Number(start), name.length)
    edits.set(Number(start), {
      end: Number(start) + length,
      text: foreign.has(name) ? name : renameIdentifier(name, renaming),
    })
  })
  for (const { start, end } of comments)
    edits.set(start, { end, text: renameComment(code.slice(start, end), renaming) })
  let result = ''
  let at = 0
  for (const [start, { end, text }] of [...edits].sort(([one], [other]) => one - other)) {
    if (start < at) continue
    result += renameText(code.slice(at, start), renaming) + text
    at = end
  }
  return result + renameText(code.slice(at), renaming)
}

/** Names that another package exports: they stay. */
function foreignNames(body: readonly Node[], id: string): Set<string> {
  const own = new RegExp(`^(?:\\.|@countersign/${escapePattern(id)}(?:/|$))`)
  const names = new Set<string>()
  for (const { type, source, specifiers } of body) {
    if (type !== 'ImportDeclaration' && type !== 'ExportNamedDeclaration') continue
    const from = (source as { value?: string } | null)?.value
    if (from === undefined || own.test(from)) continue
    walk(specifiers, ({ type, name }) => {
      if (type === 'Identifier' && typeof name === 'string') names.add(name)
    })
  }
  return names
}

function renameIdentifier(name: string, { from, to }: Renaming): string {
  return name
    .replace(new RegExp(`^${from.camel}(?=[A-Z]|$)`), to.camel)
    .replace(new RegExp(`^${from.id}(?=_)`), to.id.replaceAll('-', '_'))
    .replace(new RegExp(`^${from.id}(?=[A-Z]|$)`), to.camel)
    .replace(new RegExp(`${from.pascal}(?=s?(?![a-z]))`, 'g'), to.pascal)
}

/** An example in a comment is code. */
function renameComment(comment: string, renaming: Renaming): string {
  return renameFences(comment, / \* ```ts\n([\s\S]*?) \* ```/g, renaming, {
    open: ' * ```ts\n',
    close: ' * ```',
    unwrap: (body) => body.replace(/^ \* ?/gm, ''),
    wrap: (body) => body.replace(/^(?=.)/gm, ' * ').replace(/^$(?=\n)/gm, ' *'),
  })
}

/** Renames in Markdown: examples are code, the rest is prose. */
export function renameMarkdown(text: string, renaming: Renaming): string {
  return renameFences(text, /^```ts\n([\s\S]*?)^```/gm, renaming, {
    open: '```ts\n',
    close: '```',
    unwrap: (body) => body,
    wrap: (body) => body,
  })
}

interface Fence {
  open: string
  close: string
  unwrap(body: string): string
  wrap(body: string): string
}

function renameFences(text: string, pattern: RegExp, renaming: Renaming, fence: Fence): string {
  let result = ''
  let at = 0
  for (const match of text.matchAll(pattern)) {
    const body = renameCode(fence.unwrap(match[1] ?? ''), renaming)
    result += renameText(text.slice(at, match.index), renaming) + fence.open + fence.wrap(body) + fence.close
    at = match.index + match[0].length
  }
  return result + renameText(text.slice(at), renaming)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
