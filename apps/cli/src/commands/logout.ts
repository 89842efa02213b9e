import type { Provider } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { toExitCode } from '../exit-code.ts'
import { exampleIds } from '../help-examples.ts'
import { toHumanTime } from '../human-time.ts'
import { type Io, nowOf, withStdinKept } from '../io.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { printError } from '../print-error.ts'
import { findConfigured, findProfile, namedProfile, readProfilesHere } from '../profiles/find-profile.ts'
import { addProviderFlags } from '../provider-flags.ts'
import type { Flags } from '../provider-options.ts'
import { loadProvider, loadProviders, toProviderId } from '../providers.ts'
import { shownPath } from '../shell-quote.ts'
import { cacheDirectory } from '../token-cache/disk-token-store.ts'
import { createTokenRemover, type RemovedToken, removeAllTokens } from '../token-cache/remove-tokens.ts'
import { addTokenStoreFlag } from '../token-store/open-token-store.ts'
import { UsageError } from '../usage-error.ts'

interface LogoutOptions extends GlobalOptions {
  all?: boolean
  tokenStore?: string
  profile?: string
}

/** An identity whose tokens are removed. */
interface Target {
  provider: Provider
  flags: Flags
}

/** What became of the tokens of a target, as `--json` shows it. */
interface Removal {
  provider: string
  /** The profile that was named; `null` where the profile in use was meant. */
  profile: string | null
  removed: readonly RemovedToken[]
}

const helpAfter = ([one, , , four] = exampleIds()) => `
Tokens and refresh tokens are removed from the cache on disk, and from the store that --token-store names.
Keys, secrets and profiles stay. Nothing is sent to the provider: it may accept a removed token until it ends.

Examples:
  countersign logout
  countersign logout ${one} --profile acme
  countersign logout ${four} --token-store redis://127.0.0.1:6379
  countersign logout --all --json`

/** `countersign logout [provider]` */
export const configureLogout: ConfigureCommand = async (command, { io, end }) => {
  const providers = await loadProviders()
  command
    .argument('[provider]', 'the provider (all that are set up)')
    .option('--all', 'remove the tokens of every profile, and without a provider all that are kept on disk')
  addTokenStoreFlag(command, 'remove them from a store that processes share too')
  command.addHelpText('after', helpAfter())
  const pickFlags = addProviderFlags(command, providers)
  command.action(async (name: string | undefined) => {
    const options = command.optsWithGlobals<LogoutOptions>()
    const output = createOutput(io, options)
    const readable = withStdinKept(io)
    const flags = pickFlags(command.opts())
    const all = options.all === true
    // Without a provider the cache on disk is emptied as a whole, which needs no key.
    const empties = all && name === undefined
    const targets = await findTargets(name, flags, { all, providers, io: readable() })
    const remover = createTokenRemover(options.tokenStore, {
      io: readable,
      talk: output.talk,
      onDisk: !empties,
    })
    const removals: Removal[] = []
    const errors: unknown[] = []
    let files: number | undefined
    // One that cannot be removed keeps no other.
    const attempt = <Value>(work: Promise<Value>, done: (value: Value) => void) =>
      work.then(done).catch((error: unknown) => void errors.push(error))
    try {
      if (empties)
        await attempt(removeAllTokens(io), (count) => {
          files = count
        })
      if (remover.places.length > 0)
        for (const target of targets)
          await attempt(removeTokens(target, remover.remove), (removal) => removals.push(removal))
    } finally {
      await remover.close()
    }
    const lines = [
      ...(files === undefined ? [] : [emptiedLine(files, io)]),
      ...removals.flatMap((removal) => toLines(removal, io)),
    ]
    // A command that failed prints no result, but what is gone is said.
    if (errors.length > 0) for (const line of lines) output.talk(line)
    else if (output.json) output.value({ providers: removals, cacheFiles: files ?? null })
    else for (const line of lines) output.prose(line)
    if (errors.length === 0 && lines.length === 0) output.talk('Nothing is set up, so no token is kept.')
    for (const error of errors) await printError(error, io, options)
    if (errors.length > 0) end(toExitCode((errors[0] as { code?: string }).code))
  })
}

async function removeTokens(
  { provider: { id }, flags }: Target,
  remove: (provider: string, flags: Flags) => Promise<RemovedToken[]>,
): Promise<Removal> {
  const { profile } = flags
  return {
    provider: id,
    profile: typeof profile === 'string' ? profile : null,
    removed: await remove(id, flags),
  }
}

/** Whose tokens are removed: the provider that is named, else all that are set up; with `--all` each profile. */
async function findTargets(
  name: string | undefined,
  flags: Flags,
  { all, providers, io }: { all: boolean; providers: readonly Provider[]; io: Io },
): Promise<Target[]> {
  const { profile: _profile, ...options } = flags
  const given = Object.values(options).some((value) => value !== undefined)
  if (all && (given || flags['profile'] !== undefined))
    throw new UsageError('--all removes the tokens of every profile: it cannot be used with options of one.')
  if (name === undefined && given)
    throw new UsageError('Name the provider that the options are for: countersign logout <provider>.')
  const provider = name === undefined ? undefined : await loadProvider(toProviderId(name))
  if (all) return everyIdentity(provider === undefined ? providers : [provider], io)
  if (provider !== undefined) return [{ provider, flags }]
  const profile = namedProfile(flags['profile'], io)
  if (profile === undefined)
    return (await findConfigured(providers, io)).map((each) => ({ provider: each, flags }))
  const { provider: id } = findProfile(await readProfilesHere(io), profile, io)
  return [{ provider: await loadProvider(toProviderId(id)), flags }]
}

/** Each profile of the providers, and those that variables alone set up. */
async function everyIdentity(providers: readonly Provider[], io: Io): Promise<Target[]> {
  const { profiles } = await readProfilesHere(io)
  const configured = await findConfigured(providers, { ...io, env: { ...io.env, COUNTERSIGN_PROFILE: '' } })
  return configured.flatMap((provider) => {
    const own = profiles.filter((profile) => profile.provider === provider.id)
    return own.length === 0
      ? [{ provider, flags: {} }]
      : own.map((profile) => ({ provider, flags: { profile: profile.name } }))
  })
}

function toLines({ provider, profile, removed }: Removal, io: Io): string[] {
  const who = profile === null ? provider : `${provider} (profile ${profile})`
  if (removed.length === 0) return [`${who}: no token is kept.`]
  return removed.map(({ place, expiresAt, refreshToken }) => {
    const now = nowOf(io)
    const what = `a token that ${expiresAt > now ? 'ends' : 'ended'} ${toHumanTime(expiresAt, now)}`
    const where = place === 'disk' ? shownPath(cacheDirectory(io.env), io.env) : 'the token store'
    return `${who}: ${what} is removed from ${where}${refreshToken ? ', and its refresh token' : ''}.`
  })
}

function emptiedLine(files: number, io: Io): string {
  const folder = shownPath(cacheDirectory(io.env), io.env)
  if (files === 0) return `No token is kept in ${folder}.`
  return `${files} ${files === 1 ? 'file is' : 'files are'} removed from ${folder}, which keeps no token now.`
}
