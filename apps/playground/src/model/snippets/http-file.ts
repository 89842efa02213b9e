import type { Entry } from '../../providers.ts'
import type { Desk } from '../desk.ts'
import { hasHiddenCharacters } from '../hidden-characters.ts'
import { carriesBody, noAddress, toUrl } from './parts.ts'
import { isSignedAlone, toRemarks, toTokenWords } from './shell.ts'

/** The request itself, as editors and `countersign explain` take it, with a place for its proof. */
export function toHttpFile(entry: Entry, desk: Desk): string {
  const { method, body } = desk.request
  const url = toUrl(entry, desk)
  if (url === undefined) return noAddress
  const carries = carriesBody(desk)
  const refusal = refuse(url, carries ? body : '')
  if (refusal !== undefined) return refusal
  const needsBody = carries && isSignedAlone(entry)
  const token = toTokenWords(entry, desk, url, needsBody ? '--data @body.json' : undefined)
  return [
    '# This prints the line Authorization with its proof:',
    `# ${[...token, '--header'].join(' ')}`,
    ...(needsBody ? ['# The file body.json holds the body below, byte for byte.'] : []),
    ...toRemarks(entry, desk),
    `${method} ${url.href} HTTP/1.1`,
    `Host: ${url.host}`,
    'Authorization: {{authorization}}',
    ...(carries
      ? [
          'Content-Type: application/json',
          `Content-Length: ${new TextEncoder().encode(body).length}`,
          '',
          body,
        ]
      : ['', '']),
  ].join('\n')
}

/**
 * Editors act on some of what a request contains: they split the file at `###`, send a file in place of `< path`,
 * run the script after `>`, and replace `{{name}}` by a variable of the environment.
 */
function refuse(url: URL, body: string): string | undefined {
  if (url.href.includes('{{'))
    return '# An HTTP file cannot hold this path: editors replace what is in {{ }}.'
  if (hasHiddenCharacters(body.replace(/[\t\n]/g, '')))
    return '# An HTTP file cannot hold this body: it contains control or invisible characters.'
  if (body.includes('{{') || /^[ \t]*(?:###|[<>])/m.test(body))
    return '# An HTTP file cannot hold this body: editors act on {{ }} and on lines that begin with ###, < or >.'
  return undefined
}
