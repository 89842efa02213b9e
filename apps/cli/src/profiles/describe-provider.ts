import { inspectKey, type Provider, type Secret } from '@countersign/core'
import { revealSecret } from '@countersign/core/provider'
import { toFlag } from '../field-names.ts'
import type { Io } from '../io.ts'
import { nameProfile, signBy } from '../open-provider.ts'
import { toBaseUrl } from '../provider-address.ts'
import { type Flags, readProviderOptions, type ValueSource } from '../provider-options.ts'
import { replaceableKey, signerOption } from '../signer/signer-option.ts'

/** Who asks at a provider, without a secret. */
export interface Identity {
  provider: string
  profile: string | null
  /** The file of the profile. */
  file: string | null
  /** Where calls go; not with the emulator, which is in this process. */
  baseUrl: Shown | null
  /** Options by name, in words: of keys their thumbprint. */
  values: Readonly<Record<string, Shown>>
}

/** A value as it is shown, and where it comes from. */
interface Shown {
  value: unknown
  source: string
}

/**
 * What a command would use at this provider, checked as it would check it; nothing is sent.
 *
 * @throws {ConfigError} `CONFIG_INVALID`, {@link KeyError}
 */
export async function describeProvider(
  provider: Provider,
  flags: Flags,
  { io, talk }: { io: Io; talk: (text: string) => void },
): Promise<Identity> {
  const {
    options,
    signer: setting,
    emulated,
    sources,
    profile,
  } = await readProviderOptions(provider, flags, io)
  nameProfile(profile, { talk })
  const signer = setting && (await signBy(setting, provider, options, io))
  const key = replaceableKey(provider)
  const given = signer === undefined || key === undefined ? options : { ...options, [key]: signer.key }
  if (!emulated) provider.create({ ...given })
  const values: Record<string, Shown> = {}
  const environment = (options['environment'] as string | undefined) ?? 'production'
  if (sources['environment'] !== undefined)
    values['environment'] = {
      value: emulated ? 'emulator' : environment,
      source: inWords(sources['environment']),
    }
  for (const [name, { kind, defaultValue }] of Object.entries(provider.fields)) {
    const { [name]: source } = sources
    if (name === 'environment' || name === 'baseUrl') continue
    if (name === signerOption && signer !== undefined && source !== undefined) {
      values[name] = { value: signer.command, source: inWords(source) }
      if (key !== undefined)
        values[key] = { value: `thumbprint ${signer.thumbprint}`, source: toFlag(signerOption) }
      continue
    }
    if (source !== undefined)
      values[name] = { value: await toShown(kind, options[name]), source: inWords(source) }
    else if (defaultValue !== undefined) values[name] = { value: defaultValue, source: 'default' }
  }
  const baseUrl = {
    value: toBaseUrl(provider, options),
    source: sources['baseUrl'] ? inWords(sources['baseUrl']) : 'default',
  }
  return {
    provider: provider.id,
    profile: profile?.name ?? null,
    file: profile?.file ?? null,
    baseUrl: emulated ? null : baseUrl,
    values,
  }
}

function inWords({ from, name }: ValueSource): string {
  return from === 'flag' ? name : `${from} ${name}`
}

async function toShown(kind: string, value: unknown): Promise<unknown> {
  if (kind === 'secret' || kind === 'public-key') return '[secret]'
  if (kind !== 'private-key') return value
  const key = value as Uint8Array | Secret
  const { thumbprint } = await inspectKey(key instanceof Uint8Array ? key : revealSecret(key))
  return `thumbprint ${thumbprint}`
}
