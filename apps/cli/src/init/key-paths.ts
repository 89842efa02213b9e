import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { homeFolder } from '../home-folder.ts'
import type { Io } from '../io.ts'
import type { KeyFiles } from '../keys/make-key.ts'
import { currentFolder } from '../profiles/config-file.ts'
import { resolvePath } from '../profiles/read-profile.ts'
import type { Interview } from './interview.ts'

/** Where a path leads that was typed in the current folder. */
export function fromHere(path: string, io: Io): string {
  if (path.startsWith('~/')) return join(homeFolder(io.env), path.slice(2))
  return isAbsolute(path) ? path : resolve(currentFolder(io) ?? '.', path)
}

/**
 * A path as a profile holds it: as it stood there before, else from the profile's file on where that may be
 * moved along with it, else whole.
 */
export function toStoredPath(path: string, name: string, { file, local, suggested, io }: Interview): string {
  const { [name]: before } = suggested
  if (typeof before === 'string' && resolvePath(before, file, io) === path) return before
  const short = relative(dirname(file), path)
  const inside = short !== '' && !short.startsWith(`..${sep}`) && !isAbsolute(short)
  return local && inside ? short : path
}

/** The files of a key that is made for a profile, beside the private one. */
export function nameKeyFiles(privateKey: string, { name, provider }: Interview): KeyFiles {
  const beside = (end: string) => join(dirname(privateKey), `${name}_${end}`)
  return {
    privateKey,
    publicKey: beside('public_key.pem'),
    csr: provider.keyAdvice?.csr === true ? beside('request.csr') : undefined,
  }
}

/** Where a new key is put unless another place is named: beside the file of the profile. */
export function usualKeyPath({ file, name }: Interview): string {
  return join(dirname(file), `${name}_private_key.pem`)
}
