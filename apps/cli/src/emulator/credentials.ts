import { join } from 'node:path'
import type { Provider } from '@countersign/core'
import { checkNamesAreFree, makeFolder, readKeyBytes, writeOutput } from '../files.ts'
import { exampleIds } from '../help-examples.ts'
import { loadProvider, type ProviderId, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import type { Mount } from './serve-emulators.ts'

/** A public key's file, and the provider that is to know it. */
export interface Registration {
  id: ProviderId
  file: string
}

/** A public key, as emulators take it. */
export interface BroughtKey {
  id: ProviderId
  key: string
}

/** Reads `<provider>=<file>`. */
export function parseRegistration(text: string): Registration {
  const [name = '', ...rest] = text.split('=')
  const file = rest.join('=')
  if (file === '')
    throw new UsageError(`--register must be <provider>=<file>, such as ${exampleIds()[0]}=public_key.pem.`)
  return { id: toProviderId(name), file }
}

/** Reads the files. */
export function readKeys(registrations: readonly Registration[]): Promise<BroughtKey[]> {
  return Promise.all(registrations.map(async ({ id, file }) => ({ id, key: await readKey(id, file) })))
}

/** Credentials for the registered keys (those of the last key if there are several), or for a new key. */
export async function registerAll(
  { id, emulator, provider }: Pick<Mount, 'id' | 'emulator' | 'provider'>,
  brought: readonly BroughtKey[],
): Promise<object> {
  let credentials: object | undefined
  for (const { key } of brought.filter((one) => one.id === id)) credentials = await emulator.register(key)
  if (credentials !== undefined) return credentials
  const { generateKeyPair } = await import('@countersign/core')
  const { privateKey, publicKey } = await generateKeyPair()
  const made = await emulator.register(publicKey)
  return hasPrivateKey(provider) ? { ...made, privateKey } : made
}

/** Whether a private key is one of the provider's credentials. */
function hasPrivateKey({ credentialSets, fields }: Provider): boolean {
  return credentialSets.flat().some((name) => fields[name]?.kind === 'private-key')
}

async function readKey(id: ProviderId, file: string): Promise<string> {
  try {
    const bytes = Buffer.from(await readKeyBytes(file))
    // DER begins with a SEQUENCE; as text it travels in Base64.
    return bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`The file of --register ${id} cannot be read (${code}).`)
  }
}

/** A file with what an emulator made, under the name by which people are shown it. */
export type CredentialFile = { credentialsFile: string } | { privateKeyFile: string }

/** What is written for `--credentials-dir`, and where. */
export interface CredentialFiles {
  /** Writes what there is for one provider; nothing where its key was brought. */
  write(id: ProviderId, credentials: object): Promise<CredentialFile | undefined>
}

/** Which files are wanted. */
export interface CredentialFilesOptions {
  ids: readonly ProviderId[]
  /** Providers that know a key that was brought, and whose private key is somewhere already. */
  brought: readonly ProviderId[]
  directory: string | undefined
  force: boolean
}

/**
 * Private keys that are made for the run, and the credentials file that a provider hands out: for the owner's
 * eyes alone, and in no other file's place without `force`.
 *
 * @throws {UsageError} when one is there already.
 */
export async function planCredentialFiles(options: CredentialFilesOptions): Promise<CredentialFiles> {
  const { ids, brought, directory, force } = options
  if (directory === undefined) {
    if (force) throw new UsageError('--force must be used with --credentials-dir.')
    return { write: async () => undefined }
  }
  if (directory === '') throw new UsageError('--credentials-dir needs the path of a folder.')
  const files = new Map<ProviderId, { path: string; provider: Provider }>()
  for (const id of ids) {
    const provider = await loadProvider(id)
    if (provider.writeCredentials !== undefined)
      files.set(id, { path: join(directory, `${id}_credentials.json`), provider })
    else if (hasPrivateKey(provider) && !brought.includes(id))
      files.set(id, { path: join(directory, `${id}_private_key.pem`), provider })
  }
  await checkNamesAreFree(
    [...files.values()].map(({ path }) => path),
    force,
  )
  return {
    async write(id, credentials) {
      const file = files.get(id)
      if (file === undefined) return undefined
      const { path, provider } = file
      const known = credentials as Readonly<Record<string, unknown>>
      const downloaded = provider.writeCredentials?.(known)
      await makeFolder(directory)
      await writeOutput(path, downloaded ?? String(known['privateKey']), { secret: true, force })
      return downloaded === undefined ? { privateKeyFile: path } : { credentialsFile: path }
    },
  }
}
