import { resolve } from 'node:path'
import type { Provider } from '@countersign/core'
import { toVariable } from '../field-names.ts'
import { loadProvider } from '../providers.ts'
import { toVariableLine } from '../token-text.ts'
import type { Registration } from './credentials.ts'
import type { ServedCredentials } from './init-lines.ts'

/** Forms of `--format`: lines for bash, zsh and fish, for a `.env` file, and for PowerShell. */
export const pasteFormats = ['env', 'dotenv', 'powershell'] as const
export type PasteFormat = (typeof pasteFormats)[number]

/** What the block is made of. */
export interface PasteBlockOptions {
  providers: Readonly<Record<string, ServedCredentials>>
  registered: readonly Registration[]
  environment: string | undefined
  controlUrl: string
  format: PasteFormat
}

/**
 * One block that sets the variables with which commands and programs use the emulators. Everything else in it is a
 * comment, so that it can be pasted, evaluated or saved as a whole. A private key is named by its file.
 */
export async function toPasteBlock(options: PasteBlockOptions): Promise<string> {
  const { providers, registered, environment, controlUrl, format } = options
  const lines = [`# control  ${controlUrl}`]
  for (const [id, served] of Object.entries(providers)) {
    const { baseUrl, credentials: _, privateKeyFile: _key, credentialsFile: _file, ...addresses } = served
    lines.push('', `# ${id}  ${baseUrl}`)
    for (const [name, url] of Object.entries(addresses)) lines.push(`# ${name}  ${String(url)}`)
    const registeredFile = registered.findLast((one) => one.id === id)?.file
    const variables = toVariables(await loadProvider(id), { served, registeredFile, environment })
    for (const [name, value] of variables)
      lines.push(value === undefined ? toMissing(name, registeredFile) : toLine(name, value, format))
  }
  return lines.join('\n')
}

interface OneProvider {
  served: ServedCredentials
  /** Of the public key. */
  registeredFile: string | undefined
  environment: string | undefined
}

/** Names and values; a key that is in no file has none. */
function toVariables(
  provider: Provider,
  { served, registeredFile, environment }: OneProvider,
): [string, string | undefined][] {
  const { id, fields, baseUrls, credentialSets } = provider
  const { baseUrl, credentials, credentialsFile, privateKeyFile } = served
  const variables: [string, string | undefined][] = [[toVariable(id, 'baseUrl'), baseUrl]]
  if (fields['environment']?.required === true)
    variables.push([toVariable(id, 'environment'), environment ?? Object.keys(baseUrls)[0]])
  if (credentialsFile !== undefined)
    return [...variables, [`${toVariable(id, 'credentials')}_FILE`, resolve(credentialsFile)]]
  for (const name of credentialSets[0] ?? []) {
    const kind = fields[name]?.kind
    const value = (credentials as Readonly<Record<string, string>>)[name]
    const file = kind === 'private-key' ? privateKeyFile : registeredFile
    if (kind === 'private-key' || (kind === 'public-key' && file !== undefined))
      variables.push([`${toVariable(id, name)}_FILE`, file === undefined ? undefined : resolve(file)])
    // A key takes one line: written line ends are read as such.
    else if (value !== undefined) variables.push([toVariable(id, name), value.trim().replaceAll('\n', '\\n')])
  }
  return variables
}

function toMissing(name: string, registeredFile: string | undefined): string {
  return registeredFile === undefined
    ? `# ${name}: --credentials-dir saves the key that was generated for this run`
    : `# ${name}: the file of the private key whose public half was registered`
}

function toLine(name: string, value: string, format: PasteFormat): string {
  return format === 'powershell'
    ? `$env:${name} = '${value.replaceAll("'", "''")}'`
    : toVariableLine(name, value, format)
}
