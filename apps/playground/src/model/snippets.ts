import { hasHiddenCharacters } from '@countersign/core/provider'
import type { Entry } from '../providers.ts'
import { hasBody, type ProviderForm } from './provider-form.ts'
import { noAddress, toUrl } from './snippets/parts.ts'
import { signsRequests, toCommand, toCurl, toRemarks, toTokenWords } from './snippets/shell.ts'
import { toTypeScript } from './snippets/typescript.ts'

/** The request in a form that can be copied. None contains a key, a secret or a token. */
interface Snippet {
  id: string
  title: string
  write(entry: Entry, form: ProviderForm): string
}

export const snippets: readonly [Snippet, ...Snippet[]] = [
  { id: 'typescript', title: 'TypeScript', write: toTypeScript },
  { id: 'command', title: 'countersign', write: toCommand },
  { id: 'curl', title: 'curl', write: toCurl },
  { id: 'http', title: 'HTTP file', write: toHttpFile },
]

/** The request itself, for editors and `countersign explain`, with a placeholder for its proof. */
export function toHttpFile(entry: Entry, form: ProviderForm): string {
  const { method, body } = form.request
  const url = toUrl(entry, form)
  if (url === undefined) return noAddress
  const sendsBody = hasBody(form.request)
  const refusal = refuse(url, sendsBody ? body : '')
  if (refusal !== undefined) return refusal
  const needsBody = sendsBody && signsRequests(entry)
  const token = toTokenWords(entry, form, url, needsBody ? '--data @body.json' : undefined)
  return [
    '# This prints the Authorization line with its proof:',
    `# ${[...token, '--header'].join(' ')}`,
    ...(needsBody ? ['# The file body.json must contain the body below, byte for byte.'] : []),
    ...toRemarks(entry, form),
    `${method} ${url.href} HTTP/1.1`,
    `Host: ${url.host}`,
    'Authorization: {{authorization}}',
    ...(sendsBody
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
 * Editors act on parts of a request: they split the file at `###`, replace `< path` by a file, run the script after
 * `>`, and replace `{{name}}` by a variable of the environment.
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
