import type { Entry } from '../providers.ts'
import type { Desk } from './desk.ts'
import { toHttpFile } from './snippets/http-file.ts'
import { toCommand, toCurl } from './snippets/shell.ts'
import { toTypeScript } from './snippets/typescript.ts'

/** A form in which the request can be taken along. None holds a key, a secret or a token. */
interface Snippet {
  id: string
  title: string
  write(entry: Entry, desk: Desk): string
}

export const snippets: readonly [Snippet, ...Snippet[]] = [
  { id: 'typescript', title: 'TypeScript', write: toTypeScript },
  { id: 'command', title: 'countersign', write: toCommand },
  { id: 'curl', title: 'curl', write: toCurl },
  { id: 'http', title: 'HTTP file', write: toHttpFile },
]
