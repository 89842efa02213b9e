import { randomUUID } from 'node:crypto'
import { basename, extname } from 'node:path'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { openData } from './body.ts'

/** What one `-F` says. */
export interface FormWord {
  name: string
  /** `text` is the value itself, `file` an uploaded file, `content` a text read from a file. */
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
  if (equals < 1) throw new UsageError('-F must be name=value or name=@file[;type=…][;filename=…].')
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

/** The types that curl knows by the end of a file's name. */
const types: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.pdf': 'application/pdf',
  '.xml': 'application/xml',
}

/** The body that `-F` words make, and its type; files are read when it is sent. */
export async function readForm(
  words: readonly string[],
  io: Io,
): Promise<{ body: Blob; contentType: string }> {
  const parts: FormPart[] = []
  for (const word of words) parts.push(await readPart(parseFormWord(word), io))
  const boundary = `countersign-${randomUUID()}`
  return { body: toMultipart(parts, boundary), contentType: `multipart/form-data; boundary=${boundary}` }
}

async function readPart({ name, kind, value, type, filename }: FormWord, io: Io): Promise<FormPart> {
  const stored = kind !== 'text' && value !== '-'
  const content =
    kind === 'text' ? new TextEncoder().encode(value) : await openData(`@${value}`, io, '--form')
  const guessed = typeOf(filename) ?? (stored ? typeOf(value) : undefined)
  const fallback = kind === 'file' && stored ? 'application/octet-stream' : undefined
  return {
    name,
    content,
    type: type ?? guessed ?? fallback,
    filename: filename ?? (kind === 'file' ? basename(value) : undefined),
  }
}

function typeOf(filename: string | undefined): string | undefined {
  return types[extname(filename ?? '').toLowerCase()]
}

/** One field of a form. */
export interface FormPart {
  name: string
  content: Uint8Array<ArrayBuffer> | Blob
  type?: string | undefined
  filename?: string | undefined
}

/**
 * The bytes of a `multipart/form-data` body (RFC 7578). FormData would not do: it turns the line ends of
 * texts into CRLF, and gives a text no type.
 */
export function toMultipart(parts: readonly FormPart[], boundary: string): Blob {
  const pieces = parts.flatMap(({ name, content, type, filename }) => [
    [
      `--${boundary}`,
      `Content-Disposition: form-data; name="${quote(name)}"${filename === undefined ? '' : `; filename="${quote(filename)}"`}`,
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
      '\r\n',
    ].join('\r\n'),
    content,
    '\r\n',
  ])
  return new Blob([...pieces, `--${boundary}--\r\n`])
}

/** As browsers and curl write what would end the name. */
function quote(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent)
}
