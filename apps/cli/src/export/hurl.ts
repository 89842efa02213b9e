import { secretHeader, secretVariable } from '../proxy/access-check.ts'
import { shellQuote } from '../shell-quote.ts'
import { type Collection, secretName } from './collection.ts'

/** A Hurl file. Base URLs and the secret are variables that Hurl takes from its environment. */
export function toHurl({ title, command, baseUrls, requests }: Collection): string {
  const head = [
    title,
    `Start the proxy with the secret in ${secretVariable}: ${command}`,
    'Hurl 7.1 and later read these variables:',
    ...baseUrls.map(({ name, value }) => `  export HURL_VARIABLE_${name}=${shellQuote(value)}`),
    `  export HURL_SECRET_${secretName}="$${secretVariable}"`,
  ]
  const entries = requests.map(
    (request) => `# ${request.title}
${request.method} {{${request.baseUrl}}}${request.path}
${secretHeader}: {{${secretName}}}
HTTP 200
`,
  )
  return [`${head.map((line) => `# ${line}\n`).join('')}`, ...entries].join('\n')
}
