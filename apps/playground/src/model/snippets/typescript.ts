import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { Entry } from '../../providers.ts'
import { hasBody, type ProviderForm } from '../provider-form.ts'
import { toFile, toParts, toPath, toVariable } from './parts.ts'

/** A program that sends the request. */
export function toTypeScript(entry: Entry, form: ProviderForm): string {
  const { provider, factory, packageName } = entry
  const { plain, files, variables } = toParts(entry, form)
  const options = [
    ...plain.map(([name, value]) => `  ${name}: ${toLiteral(value)},`),
    ...files.map((name) => `  ${name}: await readFile('${toFile(name)}', 'utf8'),`),
    ...variables.map((name) => `  ${name}: process.env.${toVariable(entry, name)} ?? '',`),
  ]
  return [
    `// npm install ${packageName}`,
    ...(files.length > 0 ? ["import { readFile } from 'node:fs/promises'"] : []),
    `import { ${factory} } from '${packageName}'`,
    '',
    `const ${provider.id} = ${factory}({`,
    ...options,
    '})',
    '',
    `const response = await ${toApiCall(provider.id, form)}`,
    'console.log(await response.text())',
  ].join('\n')
}

function toApiCall(name: string, form: ProviderForm): string {
  const { method, body } = form.request
  const path = toLiteral(toPath(form))
  if (method === 'GET') return `${name}.api.get(${path})`
  if (!hasBody(form.request)) return `${name}.api(${path}, { method: '${method}' })`
  return [
    `${name}.api(${path}, {`,
    `  method: '${method}',`,
    `  body: ${toLiteral(body)},`,
    `  headers: { 'content-type': 'application/json' },`,
    '})',
  ].join('\n')
}

/** JSON's escapes are valid in TypeScript too, but JSON leaves some hidden characters. The quotes are those that need fewer escapes. */
function toLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(', ')}]`
  if (typeof value !== 'string') return String(value)
  const json = escapeHiddenCharacters(JSON.stringify(value))
  if (value.includes("'") && !value.includes('"')) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
