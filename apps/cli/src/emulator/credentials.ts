import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Provider } from '@countersign/core'
import { revealSecret } from '@countersign/core/provider'
import { describeUnreadable, makeFolder, readBoundedFile, readKeyBytes, writeOutput } from '../files.ts'
import { exampleIds } from '../help-examples.ts'
import { loadProvider, type ProviderId, toProviderId } from '../providers.ts'
import { shellQuote } from '../shell-quote.ts'
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

/**
 * Credentials for the registered keys (those of the last key if there are several), for the key that an earlier run
 * kept, or for a new one. What was kept stays.
 */
export async function registerAll(
  { id, emulator, provider }: Pick<Mount, 'id' | 'emulator' | 'provider'>,
  brought: readonly BroughtKey[],
  kept: KeptCredentials = {},
): Promise<object> {
  const { identity, publicKey: keptKey, privateKey: keptPrivateKey } = kept
  let credentials: object | undefined
  for (const { key } of brought.filter((one) => one.id === id))
    credentials = await emulator.register(key, identity)
  if (credentials !== undefined) return credentials
  if (keptKey !== undefined) {
    const known = await emulator.register(keptKey, identity)
    return keptPrivateKey === undefined ? known : { ...known, privateKey: keptPrivateKey }
  }
  const { generateKeyPair } = await import('@countersign/core')
  const { privateKey, publicKey } = await generateKeyPair()
  const made = await emulator.register(publicKey, identity)
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
    throw new UsageError(describeUnreadable(file, code, `--register ${id}`))
  }
}

/** A file with what an emulator made, under the name by which people are shown it. */
export type CredentialFile = { credentialsFile: string } | { privateKeyFile: string }

/** What an earlier run kept for one provider. */
export interface KeptCredentials {
  /** The credentials that the emulator returned, without keys. */
  identity?: object | undefined
  privateKey?: string | undefined
  publicKey?: string | undefined
}

/** What `--credentials-dir` keeps, and where. */
export interface CredentialFiles {
  /** What an earlier run kept; nothing with `force`. */
  read(id: ProviderId): Promise<KeptCredentials>
  /** Writes what is not there yet, and returns the file of the key or of the credentials. */
  write(id: ProviderId, credentials: object): Promise<CredentialFile | undefined>
}

/** Which files are wanted. */
export interface CredentialFilesOptions {
  /** Providers that know a key that was brought, and whose private key is somewhere already. */
  brought: readonly ProviderId[]
  directory: string | undefined
  force: boolean
  /** Warns of a file that others can read. */
  talk(text: string): void
}

/** A file of one provider: its path, and how its content is made of the credentials. */
interface KeptFile {
  path: string
  toContent(credentials: Readonly<Record<string, unknown>>): string
}

/**
 * Keeps the keys that are made, and what the emulators hand out, over restarts: in files that only their owner can
 * read, which are used again and never replaced without `force`.
 *
 * @throws {UsageError} for a file that cannot be used, or that holds something else than what would be kept.
 */
export function keepCredentials(options: CredentialFilesOptions): CredentialFiles {
  const { brought, directory, force, talk } = options
  if (directory === undefined) {
    if (force) throw new UsageError('--force must be used with --credentials-dir.')
    return { read: async () => ({}), write: async () => undefined }
  }
  if (directory === '') throw new UsageError('--credentials-dir needs the path of a folder.')

  async function filesOf(
    id: ProviderId,
  ): Promise<{ identity: KeptFile; key: KeptFile | undefined; provider: Provider }> {
    const provider = await loadProvider(id)
    const { writeCredentials } = provider
    const key = {
      path: join(directory ?? '', `${id}_private_key.pem`),
      toContent: ({ privateKey }: Readonly<Record<string, unknown>>) => String(privateKey),
    }
    const identity = {
      path: join(
        directory ?? '',
        `${id}_${writeCredentials === undefined ? 'identity' : 'credentials'}.json`,
      ),
      toContent: writeCredentials ?? toIdentity,
    }
    const ownKey = writeCredentials === undefined && hasPrivateKey(provider) && !brought.includes(id)
    return { identity, key: ownKey ? key : undefined, provider }
  }

  return {
    async read(id) {
      if (force) return {}
      const { identity, key, provider } = await filesOf(id)
      const text = await readKept(identity.path)
      const known = text === undefined ? undefined : parseIdentity(identity.path, text, provider)
      const privateKey = key === undefined ? undefined : await readKept(key.path)
      for (const path of [identity.path, ...(key === undefined ? [] : [key.path])])
        if (await isOpenToOthers(path))
          talk(`Other users can read ${path}. Run: chmod 600 ${shellQuote(path)}`)
      const publicKey =
        privateKey !== undefined && key !== undefined
          ? await toPublicKey(key.path, privateKey)
          : (known?.['publicKey'] as string | undefined)
      return { identity: known, privateKey, publicKey }
    },
    async write(id, credentials) {
      const { identity, key, provider } = await filesOf(id)
      const known = credentials as Readonly<Record<string, unknown>>
      await makeFolder(directory)
      for (const file of key === undefined ? [identity] : [identity, key])
        await keepFile(file.path, file.toContent(known), force)
      if (provider.writeCredentials !== undefined) return { credentialsFile: identity.path }
      return key === undefined ? undefined : { privateKeyFile: key.path }
    },
  }
}

/** Ids and secrets as they were handed out; a key has a file of its own. */
function toIdentity({ privateKey: _, ...identity }: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(identity, undefined, 2)}\n`
}

function parseIdentity(path: string, text: string, provider: Provider): Record<string, unknown> {
  try {
    const value = provider.readCredentials?.(text) ?? (JSON.parse(text) as unknown)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, revealSecret(each as string)]),
      )
  } catch {
    // Described below, without what is in it.
  }
  throw new UsageError(`${path} does not hold the credentials of an emulator.`, '--force replaces it.')
}

async function toPublicKey(path: string, privateKey: string): Promise<string> {
  const { createPublicKey } = await import('node:crypto')
  try {
    return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  } catch {
    throw new UsageError(`${path} does not hold a private key that can be used.`, '--force replaces it.')
  }
}

/** The text of a file; `undefined` when there is none. */
async function readKept(path: string): Promise<string | undefined> {
  return (await readBoundedFile(path, 65_536))?.toString()
}

/** Whether the mode of a file lets others read or change it. */
async function isOpenToOthers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && (found.mode & 0o077) !== 0
}

async function keepFile(path: string, content: string, force: boolean): Promise<void> {
  const there = force ? undefined : await readKept(path)
  if (there === undefined) return writeOutput(path, content, { secret: true, force })
  if (toCompact(there) !== toCompact(content))
    throw new UsageError(`${path} holds other credentials and was not changed.`, '--force replaces it.')
}

/** JSON without the white space that people may add; other text as it is. */
function toCompact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}
