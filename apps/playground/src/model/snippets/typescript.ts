import type { Entry } from '../../providers.ts'
import type { Desk } from '../desk.ts'
import { replaceHiddenCharacters } from '../hidden-characters.ts'
import { carriesBody, toFile, toParts, toPath, toVariable } from './parts.ts'

/** A program that sends the request. */
export function toTypeScript(entry: Entry, desk: Desk): string {
  const { provider, factory } = entry
  const { plain, files, variables } = toParts(entry, desk)
  const options = [
    ...plain.map(([name, value]) => `  ${name}: ${toLiteral(value)},`),
    ...files.map((name) => `  ${name}: await readFile('${toFile(name)}', 'utf8'),`),
    ...variables.map((name) => `  ${name}: process.env.${toVariable(entry, name)} ?? '',`),
  ]
  return [
    ...(files.length > 0 ? ["import { readFile } from 'node:fs/promises'"] : []),
    `import { ${factory} } from '@countersign/${provider.id}'`,
    '',
    `const ${provider.id} = ${factory}({`,
    ...options,
    '})',
    '',
    `const answer = await ${toCall(provider.id, desk)}`,
    'console.log(await answer.text())',
  ].join('\n')
}

function toCall(name: string, desk: Desk): string {
  const { method, body } = desk.request
  const path = toLiteral(toPath(desk))
  if (method === 'GET') return `${name}.api.get(${path})`
  if (!carriesBody(desk)) return `${name}.api(${path}, { method: '${method}' })`
  return [
    `${name}.api(${path}, {`,
    `  method: '${method}',`,
    `  body: ${toLiteral(body)},`,
    `  headers: { 'content-type': 'application/json' },`,
    '})',
  ].join('\n')
}

/** JSON's escapes are valid in TypeScript too. The quotes are those that need fewer escapes. */
function toLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(', ')}]`
  if (typeof value !== 'string') return String(value)
  const json = replaceHiddenCharacters(JSON.stringify(value), toUnicodeEscapes)
  if (value.includes("'") && !value.includes('"')) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** JSON leaves some hidden characters as they are: DEL, C1 controls, bidi controls. */
function toUnicodeEscapes(character: string): string {
  return Array.from({ length: character.length }, (_, index) =>
    character.charCodeAt(index).toString(16).padStart(4, '0'),
  )
    .map((unit) => `\\u${unit}`)
    .join('')
}
