import { UsageError } from '../usage-error.ts'

/** What one `-F` says. */
export interface FormWord {
  name: string
  /** `text` is the value itself, `file` a file that is handed over, `content` a text that stands in a file. */
  kind: 'text' | 'file' | 'content'
  /** The text, or a path; `-` is stdin. */
  value: string
  type?: string | undefined
  filename?: string | undefined
}

const quoted = String.raw`"(?:[^"\\]|\\.)*"`
/** The last `;type=…` or `;filename=…`; what only looks like one belongs to the value. */
const attribute = new RegExp(
  String.raw`;[ \t]*(?:type=(?<type>[\w.+-]+/[\w.+*-]+(?:;[ \t]*charset=[\w.-]+)?)|filename=(?<filename>${quoted}|[^;"]*))[ \t]*$`,
)

/**
 * Reads `name=value`, `name=@file` or `name=<file`, each with `;type=` and `;filename=` behind it, and values
 * in double quotes, as curl does.
 */
export function parseFormWord(word: string): FormWord {
  const equals = word.indexOf('=')
  if (equals < 1) throw new UsageError('-F takes name=value or name=@file[;type=…][;filename=…].')
  let rest = word.slice(equals + 1)
  let type: string | undefined
  let filename: string | undefined
  for (let found = attribute.exec(rest); found !== null; found = attribute.exec(rest)) {
    type ??= found.groups?.['type']
    filename ??= unquote(found.groups?.['filename'])
    rest = rest.slice(0, found.index)
  }
  const kind = rest.startsWith('@') ? 'file' : rest.startsWith('<') ? 'content' : 'text'
  const value = unquote(kind === 'text' ? rest : rest.slice(1)) ?? ''
  return { name: word.slice(0, equals), kind, value, type, filename }
}

function unquote(text: string | undefined): string | undefined {
  if (text === undefined || !new RegExp(`^${quoted}$`, 's').test(text)) return text
  return text.slice(1, -1).replace(/\\(["\\])/g, '$1')
}
