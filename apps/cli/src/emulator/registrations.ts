import { readFile } from 'node:fs/promises'
import { type ProviderId, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import type { Mount } from './mount-emulators.ts'

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
  if (file === '') throw new UsageError('--register takes <provider>=<file>, such as speeda=public_key.pem.')
  return { id: toProviderId(name), file }
}

/** Reads the files. */
export function readKeys(registrations: readonly Registration[]): Promise<BroughtKey[]> {
  return Promise.all(registrations.map(async ({ id, file }) => ({ id, key: await readKey(id, file) })))
}

/** Credentials for the keys that were brought, the last one’s if there are several; else for a new key. */
export async function registerAll(
  { id, emulator }: Pick<Mount, 'id' | 'emulator'>,
  brought: readonly BroughtKey[],
): Promise<object> {
  let credentials: object | undefined
  for (const { key } of brought.filter((one) => one.id === id)) credentials = await emulator.register(key)
  if (credentials !== undefined) return credentials
  const { generateKeyPair } = await import('@countersign/core')
  const { privateKey, publicKey } = await generateKeyPair()
  const made = await emulator.register(publicKey)
  return id === 'paymentsgate' ? made : { ...made, privateKey }
}

async function readKey(id: ProviderId, file: string): Promise<string> {
  try {
    const bytes = await readFile(file)
    // DER begins with a SEQUENCE; as text it travels in Base64.
    return bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`the file of --register ${id} cannot be read (${code}).`)
  }
}
