import { join } from 'node:path'
import { checkNamesAreFree, makeFolder, writeOutput } from '../files.ts'
import type { ProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

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
 * Private keys that are made for the run, and PaymentsGate's file as its portal hands it out: for the owner's
 * eyes alone, and in no other file's place without `force`.
 *
 * @throws {UsageError} when one is there already.
 */
export async function planCredentialFiles(options: CredentialFilesOptions): Promise<CredentialFiles> {
  const { ids, brought, directory, force } = options
  if (directory === undefined) {
    if (force) throw new UsageError('--force is for the files of --credentials-dir: name that too.')
    return { write: async () => undefined }
  }
  if (directory === '') throw new UsageError('--credentials-dir needs the path of a folder.')
  const paths = new Map<ProviderId, string>()
  for (const id of ids) {
    if (id === 'paymentsgate') paths.set(id, join(directory, `${id}_credentials.json`))
    else if (!brought.includes(id)) paths.set(id, join(directory, `${id}_private_key.pem`))
  }
  await checkNamesAreFree([...paths.values()], force)
  return {
    async write(id, credentials) {
      const path = paths.get(id)
      if (path === undefined) return undefined
      const { accountId, publicKey, privateKey } = credentials as Readonly<Record<string, string>>
      const isFile = id === 'paymentsgate'
      const downloaded = { account_id: accountId, public_key: publicKey }
      await makeFolder(directory)
      await writeOutput(path, isFile ? `${JSON.stringify(downloaded, undefined, 2)}\n` : `${privateKey}`, {
        secret: true,
        force,
      })
      return isFile ? { credentialsFile: path } : { privateKeyFile: path }
    },
  }
}
