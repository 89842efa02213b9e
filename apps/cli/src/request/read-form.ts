import { randomUUID } from 'node:crypto'
import { basename, extname } from 'node:path'
import { readData } from '../files.ts'
import type { Io } from '../io.ts'
import { type FormWord, parseFormWord } from './form-word.ts'
import { type FormPart, toMultipart } from './multipart.ts'

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

/** The body that `-F` words make, and its type. */
export async function readForm(
  words: readonly string[],
  io: Io,
): Promise<{ body: Uint8Array<ArrayBuffer>; contentType: string }> {
  const parts: FormPart[] = []
  for (const word of words) parts.push(await readPart(parseFormWord(word), io))
  const boundary = `countersign-${randomUUID()}`
  return { body: toMultipart(parts, boundary), contentType: `multipart/form-data; boundary=${boundary}` }
}

async function readPart({ name, kind, value, type, filename }: FormWord, io: Io): Promise<FormPart> {
  const stored = kind !== 'text' && value !== '-'
  const content =
    kind === 'text' ? new TextEncoder().encode(value) : await readData(`@${value}`, io, '--form')
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
