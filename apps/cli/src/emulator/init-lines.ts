import type { Provider } from '@countersign/core'
import { secretOptions, toFlag } from '../field-names.ts'
import { loadProvider, type ProviderId } from '../providers.ts'
import { shellQuote } from '../shell-quote.ts'
import type { Registration } from './credentials.ts'

/** What is known of one served emulator. */
export interface ServedCredentials {
  baseUrl: string
  credentials: object
  credentialsFile?: string
  privateKeyFile?: string
}

/** What the lines are made of. */
export interface InitLinesOptions {
  providers: Readonly<Record<string, ServedCredentials>>
  registered: readonly Registration[]
  environment: string | undefined
}

/** A line for each provider that keeps its emulator as a profile; of what is in no file, what can be done. */
export async function toInitLines({
  providers,
  registered,
  environment,
}: InitLinesOptions): Promise<string[]> {
  const lines: string[] = []
  const unknown = { brought: false, made: false }
  for (const [id, served] of Object.entries(providers)) {
    const provider = await loadProvider(id as ProviderId)
    const registeredFile = registered.findLast((one) => one.id === id)?.file
    const { words, complete } = toInitWords(provider, { served, registeredFile, environment })
    lines.push(`  ${[...words, '--yes'].map(shellQuote).join(' ')}`)
    if (!complete) unknown[registeredFile === undefined ? 'made' : 'brought'] = true
  }
  if (unknown.brought)
    lines.push(`${privateKey} is the file of the private key whose public half was registered.`)
  if (unknown.made)
    lines.push(
      'Keys generated for this run are not saved: --credentials-dir DIR writes them, or use your own with --register.',
    )
  return ['To save them as profiles:', ...lines]
}

const privateKey = 'PRIVATE_KEY_FILE'

interface OneLine {
  served: ServedCredentials
  /** Of the public key. */
  registeredFile: string | undefined
  environment: string | undefined
}

/** The words, and whether every file in them has its path. */
function toInitWords(
  provider: Provider,
  { served, registeredFile, environment }: OneLine,
): { words: string[]; complete: boolean } {
  const { id, fields, baseUrls, credentialSets, readCredentials } = provider
  const { baseUrl, credentials, credentialsFile, privateKeyFile } = served
  const words = ['countersign', 'init', id, '--profile', `${id}-emulator`]
  if (fields['environment']?.required === true)
    words.push('--environment', environment ?? Object.keys(baseUrls)[0] ?? '')
  words.push('--base-url', baseUrl)
  if (readCredentials !== undefined && (credentialsFile !== undefined || registeredFile === undefined)) {
    words.push('--credentials', credentialsFile ?? 'CREDENTIALS_FILE')
    return { words, complete: credentialsFile !== undefined }
  }
  let complete = true
  const secrets = secretOptions(provider)
  for (const name of credentialSets[0] ?? []) {
    // A profile does not hold it: the variable of the block does.
    if (secrets.includes(name)) continue
    const kind = fields[name]?.kind
    const text = (credentials as Readonly<Record<string, string>>)[name] ?? ''
    const path = kind === 'private-key' ? privateKeyFile : registeredFile
    const isFile = kind === 'private-key' || kind === 'public-key'
    words.push(toFlag(name), isFile ? (path ?? privateKey) : text)
    if (isFile && path === undefined) complete = false
  }
  return { words, complete }
}
