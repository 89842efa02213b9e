import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Provider } from '@countersign/core'
import { expandHome } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { addProviderPackages, isRegistered, loadProviders, mayBeMoreProviders } from '../providers.ts'
import { signerOption } from '../signer/signer-option.ts'
import { fingerprintProgram } from '../signer/stored-command.ts'
import { UsageError } from '../usage-error.ts'
import { allowedWithoutTrust, isPathMember } from './members.ts'
import { type Config, parseConfig } from './parse-config.ts'
import { type ConfigFormat, findDocument } from './read-document.ts'
import { isTrusted } from './trust.ts'

/** A profile file, read and checked. */
export interface ConfigFile extends Config {
  path: string
  format: ConfigFormat
  /** All of it, comments too. */
  text: string
  /** What the file says, as it says it. */
  document: Readonly<Record<string, unknown>>
  /** Whether it is the file of the current folder, which may come from someone else. */
  local: boolean
  /** Whether the user trusts it: their own file, or one that `countersign profiles trust` was run for. */
  trusted: boolean
  /** Members that count only in a trusted file, such as `profiles.acme.baseUrl`. */
  restricted: readonly string[]
  /**
   * Where the paths lead that leave the folder, links followed, and what programs consist of: trust ends when one leads
   * elsewhere, or changes.
   */
  targets: readonly string[]
}

/** Which file is read, and how. */
export interface ReadConfigOptions {
  /** Whether it is the file of the current folder. */
  local: boolean
  io: Io
  /** Reads a file that needs trust and does not have it, to show or to trust it. Default: that is an error. */
  evenUntrusted?: boolean
}

/**
 * The profile file of one folder: `countersign.toml` or `countersign.json`.
 *
 * @throws {UsageError} when it cannot be read, or holds what it must not.
 */
export async function readConfigFileIn(
  directory: string,
  { local, io, evenUntrusted = false }: ReadConfigOptions,
): Promise<ConfigFile | undefined> {
  const file = await findDocument(directory)
  if (file === undefined) return undefined
  const { path, format, text } = file
  await io.noteFile?.(path)
  const document = await file.parse()
  // What a folder's file may hold depends on the provider; the user's own file is trusted as it is.
  if (local && namesUnknownProvider(document)) await addProviderPackages(io)
  const providers = await loadProviders()
  const othersMayExist = mayBeMoreProviders() && (local || document['providers'] !== undefined)
  const config = parseConfig(document, { path, local, providers, othersMayExist })
  const found = local ? await findRestricted(config, { directory, providers, io }) : []
  const restricted = found.map(({ name }) => name)
  const targets = found.flatMap(({ target }) => (target === undefined ? [] : [target]))
  const trusted = !local || (restricted.length > 0 && (await isTrusted({ path, text, targets }, io.env)))
  if (restricted.length > 0 && !trusted && !evenUntrusted)
    throw new UsageError(
      `${path} is not trusted, and contains members that a file of the current folder may not have: ${restricted.join(', ')}.`,
      'Read the file. If you want credentials to be used as it says, run: countersign profiles trust',
    )
  return { ...config, path, format, text, document, local, trusted, restricted, targets }
}

/** Whether a profile is of a provider that is not loaded, such as one of a package. */
function namesUnknownProvider({ profiles }: Readonly<Record<string, unknown>>): boolean {
  return Object.values((profiles ?? {}) as Readonly<Record<string, unknown>>).some((profile) => {
    const { provider } = (profile ?? {}) as Readonly<Record<string, unknown>>
    return typeof provider === 'string' && !isRegistered(provider)
  })
}

/** A member that counts only in a trusted file, and where it leads when it is a path, or what it runs. */
interface RestrictedMember {
  name: string
  target?: string
}

/** Members off the allowlist, and paths of key files that lead out of the folder. */
async function findRestricted(
  { profiles }: Config,
  { directory, providers, io }: { directory: string; providers: readonly Provider[]; io: Io },
): Promise<RestrictedMember[]> {
  const restricted: RestrictedMember[] = []
  for (const { name: profile, provider: id, members } of profiles) {
    const provider = providers.find((known) => known.id === id)
    for (const [member, value] of Object.entries(members)) {
      const name = `profiles.${profile}.${member}`
      if (member === signerOption) {
        const target = await fingerprintProgram(String(value), directory)
        restricted.push({ name: `${name} (it runs a program)`, target })
        continue
      }
      const isPath = provider !== undefined && isPathMember(provider, member)
      const target = isPath ? await targetOutside(directory, String(value), io) : undefined
      if (target !== undefined)
        restricted.push({ name: `${name} (its path leads out of the folder)`, target })
      else if (!allowedWithoutTrust.has(member)) restricted.push({ name })
    }
  }
  return restricted
}

/** Where a path ends, links followed, if that is outside the folder. */
async function targetOutside(directory: string, path: string, { env }: Io): Promise<string | undefined> {
  const folder = await realpath(directory)
  const inside = folder.endsWith(sep) ? folder : folder + sep
  const whole = resolve(directory, expandHome(path, env))
  for (let at = whole; ; at = dirname(at)) {
    try {
      const target = await realpath(at)
      const isInside = target === folder || target.startsWith(inside)
      return isInside && !path.startsWith('~') ? undefined : join(target, relative(at, whole))
    } catch {
      // A link that leads nowhere may lead somewhere later; what is not there at all is judged by its folder.
      const link = await lstat(at).catch(() => undefined)
      if (link !== undefined || dirname(at) === at) return whole
    }
  }
}
