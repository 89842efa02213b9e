import type { Entry } from '../providers.ts'
import { baseUrlOf, type Desk, inputsOf, secretsOf, signs } from './desk.ts'
import { toValue } from './form.ts'

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

/** Options that may be shown, as they were given. */
function plainOptions(entry: Entry, desk: Desk): [string, unknown][] {
  const { needed, more } = inputsOf(entry.provider, desk.set)
  const secret = new Set(secretNames(entry, desk))
  return [...needed, ...more]
    .map(({ name, field }): [string, unknown] => [name, toValue(field, desk.texts[name] ?? '')])
    .filter(([name, value]) => value !== undefined && !secret.has(name))
}

/** Options that come from files or the environment. */
function secretNames(entry: Entry, desk: Desk): string[] {
  return Object.keys(secretsOf(entry, desk))
}

const toKebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const toVariable = (id: string, name: string) =>
  `COUNTERSIGN_${id.toUpperCase()}_${toKebab(name).replaceAll('-', '_').toUpperCase()}`
const toFile = (name: string) => `${toKebab(name).replaceAll('-', '_')}.pem`

/** The path below the base URL, as `api` and the command take it. */
const toPath = (path: string) => path.replace(/^\/+/, '')

const carriesBody = ({ request: { method, body } }: Desk) =>
  body !== '' && method !== 'GET' && method !== 'HEAD'

function toTypeScript(entry: Entry, desk: Desk): string {
  const { provider, factory } = entry
  const { method, path, body } = desk.request
  const files = [
    ...(signs(entry, desk) ? ['privateKey'] : []),
    ...secretNames(entry, desk).filter((name) => provider.fields[name]?.kind === 'public-key'),
  ]
  const secrets = secretNames(entry, desk).filter((name) => !files.includes(name))
  const options = [
    ...plainOptions(entry, desk).map(([name, value]) => `  ${name}: ${toLiteral(value)},`),
    ...files.map((name) => `  ${name}: await readFile('${toFile(name)}', 'utf8'),`),
    ...secrets.map((name) => `  ${name}: process.env.${toVariable(provider.id, name)} ?? '',`),
  ]
  const call = carriesBody(desk)
    ? `${provider.id}.api('${quoted(toPath(path))}', {\n  method: '${method}',\n  body: ${toLiteral(body)},\n  headers: { 'content-type': 'application/json' },\n})`
    : method === 'GET'
      ? `${provider.id}.api.get('${quoted(toPath(path))}')`
      : `${provider.id}.api('${quoted(toPath(path))}', { method: '${method}' })`
  return [
    ...(files.length > 0 ? ["import { readFile } from 'node:fs/promises'"] : []),
    `import { ${factory} } from '@countersign/${provider.id}'`,
    '',
    `const ${provider.id} = ${factory}({`,
    ...options,
    '})',
    '',
    `const answer = await ${call}`,
    'console.log(await answer.text())',
  ].join('\n')
}

const quoted = (text: string) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")

function toLiteral(value: unknown): string {
  if (typeof value === 'string') return `'${quoted(value).replaceAll('\n', '\\n')}'`
  return Array.isArray(value) ? `[${value.map(toLiteral).join(', ')}]` : String(value)
}

const shell = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** The provider's options as flags; what has no flag is a variable, and is told before. */
function toFlags(entry: Entry, desk: Desk): { flags: string[]; told: string[] } {
  const { provider } = entry
  const flags = plainOptions(entry, desk).map(
    ([name, value]) => `--${toKebab(name)} ${shell(Array.isArray(value) ? value.join(',') : String(value))}`,
  )
  const names = secretNames(entry, desk)
  const files = [...(signs(entry, desk) ? ['privateKey'] : []), ...names.filter(isFile)]
  function isFile(name: string): boolean {
    return provider.fields[name]?.kind === 'public-key'
  }
  return {
    flags: [...flags, ...files.map((name) => `--${toKebab(name)} ${toFile(name)}`)],
    told: names
      .filter((name) => !isFile(name))
      .map(
        (name) =>
          `# The ${provider.fields[name]?.title.toLowerCase()} is read from ${toVariable(provider.id, name)}.`,
      ),
  }
}

function toCommand(entry: Entry, desk: Desk): string {
  const { method, path, body } = desk.request
  const { flags, told } = toFlags(entry, desk)
  const lines = [
    `countersign request ${entry.provider.id} ${method} ${shell(toPath(path))}`,
    ...(carriesBody(desk) ? [`--data ${shell(body)}`] : []),
    ...flags,
  ]
  return [...told, lines.join(' \\\n  ')].join('\n')
}

/** The whole address of the request. */
function toUrl(entry: Entry, desk: Desk): URL {
  return new URL(`${baseUrlOf(entry, desk).replace(/\/+$/, '')}/${toPath(desk.request.path)}`)
}

function toCurl(entry: Entry, desk: Desk): string {
  const { method, body } = desk.request
  const { flags, told } = toFlags(entry, desk)
  const url = toUrl(entry, desk)
  const perRequest = entry.provider.rules.some(({ id }) => id.endsWith('.uri'))
  const token = [
    `countersign token ${entry.provider.id}`,
    ...(perRequest ? [`--method ${method} --uri ${shell(url.pathname + url.search)}`] : []),
    ...(perRequest && carriesBody(desk) ? [`--data ${shell(body)}`] : []),
    ...flags,
    '--header',
  ]
  const lines = [
    `curl --globoff --request ${method} ${shell(url.href)}`,
    `--header "$(${token.join(' ')})"`,
    ...(carriesBody(desk)
      ? ["--header 'content-type: application/json'", `--data-binary ${shell(body)}`]
      : []),
  ]
  return [...told, lines.join(' \\\n  ')].join('\n')
}

function toHttpFile(entry: Entry, desk: Desk): string {
  const { method, body } = desk.request
  const url = toUrl(entry, desk)
  return [
    `# {{authorization}} is what \`countersign token ${entry.provider.id} --header\` prints after "Authorization: ".`,
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Authorization: {{authorization}}',
    ...(carriesBody(desk)
      ? [
          'Content-Type: application/json',
          `Content-Length: ${new TextEncoder().encode(body).length}`,
          '',
          body,
        ]
      : ['', '']),
  ].join('\n')
}
