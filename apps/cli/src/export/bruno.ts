import { secretHeader, secretVariable } from '../proxy/access-check.ts'
import { type Collection, type CollectionRequest, secretName } from './collection.ts'

/** Methods that have a block of their own in a `.bru` file. */
const ownBlocks = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])

/**
 * The files of a Bruno collection. The environment `local` has the secret as a secret variable, which the app asks
 * for and keeps; `shell` takes it from the variables of the process, for Bruno's command. The header is one of the
 * collection, so that added requests send it too.
 */
export function toBruno({ title, command, baseUrls, requests }: Collection): ReadonlyMap<string, string> {
  const addresses = baseUrls.map(({ name, value }) => `${name}: ${value}`)
  const settings = { version: '1', name: title, type: 'collection', ignore: ['node_modules', '.git'] }
  return new Map([
    ['bruno.json', `${JSON.stringify(settings, undefined, 2)}\n`],
    [
      'collection.bru',
      [
        block('headers', [`${secretHeader}: {{${secretName}}}`]),
        block('docs', [
          `Start the proxy with the secret in ${secretVariable}: ${command}`,
          `In the app, choose the environment local and set ${secretName}. In a shell: bru run --env shell`,
        ]),
      ].join('\n'),
    ],
    ['environments/local.bru', `${block('vars', addresses)}vars:secret [\n  ${secretName}\n]\n`],
    [
      'environments/shell.bru',
      block('vars', [...addresses, `${secretName}: {{process.env.${secretVariable}}}`]),
    ],
    ...requests.map((request, index) => [`${request.fileName}.bru`, toFile(request, index + 1)] as const),
  ])
}

function toFile({ title, method, baseUrl, path }: CollectionRequest, place: number): string {
  const own = ownBlocks.has(method)
  return [
    block('meta', [`name: ${toValue(title)}`, 'type: http', `seq: ${place}`]),
    block(own ? method.toLowerCase() : 'http', [
      ...(own ? [] : [`method: ${method}`]),
      `url: {{${baseUrl}}}${path}`,
      'body: none',
      'auth: inherit',
    ]),
    block('assert', ['res.status: eq 200']),
    block('settings', ['encodeUrl: false']),
  ].join('\n')
}

/** Three apostrophes would begin a text of several lines. */
function toValue(text: string): string {
  return text.replace(/'{3,}/g, "'")
}

function block(name: string, lines: readonly string[]): string {
  return `${name} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}
