import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { expandHome } from '../files.ts'
import type { Io } from '../io.ts'
import type { KeyFiles } from '../keys/make-key.ts'
import { currentFolder } from '../profiles/config-directory.ts'
import { resolvePath } from '../provider-options.ts'
import type { Interview } from './interview.ts'

/** Where a path leads that was typed in the current folder. */
export function fromHere(path: string, io: Io): string {
  return resolve(currentFolder(io) ?? '.', expandHome(path, io.env))
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
