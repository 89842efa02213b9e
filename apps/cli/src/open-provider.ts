import { type CoordinatedTokenStore, generateKeyPair, type OnEvent, type Provider } from '@countersign/core'
import { type ProviderAuth, toDurationWords } from '@countersign/core/provider'
import { type Io, nowOf } from './io.ts'
import { type PlacedProfile, toNamedProvider } from './profiles/find-profile.ts'
import { toBaseUrl } from './provider-address.ts'
import { type Flags, readProviderOptions } from './provider-options.ts'
import { loadEmulator, loadProvider, toProviderId } from './providers.ts'
import type { OpenSigner, SignerSetting, SignerUse } from './signer/open-signer.ts'
import { replaceableKey } from './signer/signer-option.ts'
import { createRenewingStore } from './token-cache/renewing-store.ts'
import { credentialSecret, type TokenCache } from './token-cache/token-cache.ts'
import type { SharedStore } from './token-store/open-token-store.ts'

/** A provider, ready to be used by a command. */
export interface OpenProvider {
  provider: Provider
  auth: ProviderAuth
  /** What the factory was given. */
  options: Readonly<Record<string, unknown>>
  /** The address that paths are joined to, without a trailing slash. */
  baseUrl: string
  emulated: boolean
  /** The program that signs, where one does. */
  signer: OpenSigner | undefined
}

/** What a command may add to the options. */
export interface OpenOptions {
  /** Where tokens are kept, for providers that exchange them; not with the emulator. */
  tokenCache?: TokenCache | undefined
  /** Where tokens are shared instead, for providers that exchange them; not with the emulator. */
  sharedStore?: Pick<SharedStore, 'open'> | undefined
  /** A token from there that ends sooner is renewed; `Infinity` renews every token. Milliseconds, default 0. */
  minimumMs?: number | undefined
  /** Called with the profile that is used. */
  talk?: ((text: string) => void) | undefined
  /** Called with what happens. */
  detail?: ((text: string) => void) | undefined
  /** Told each event as it is. */
  onEvent?: OnEvent | undefined
  /** The largest body that is read to be signed. Default: the library's. */
  maxBodyBytes?: number | undefined
  /** Replaces the network. */
  wrapFetch?: ((fetch: typeof globalThis.fetch) => typeof globalThis.fetch) | undefined
}

/** Reads a provider's options and makes its Auth; `--environment emulator` needs no options. */
export async function openProvider(
  name: string,
  flags: Flags,
  io: Io,
  {
    tokenCache,
    sharedStore,
    minimumMs = 0,
    talk,
    detail,
    onEvent,
    maxBodyBytes,
    wrapFetch,
  }: OpenOptions = {},
): Promise<OpenProvider> {
  const provider = await loadProvider(await toNamedProvider(name, io))
  const {
    options: given,
    signer: setting,
    emulated,
    profile,
    notices,
  } = await readProviderOptions(provider, flags, io)
  nameProfile(profile, { talk, detail })
  for (const notice of notices) talk?.(notice)
  const scenario = emulated
    ? await emulate(provider, io)
    : { options: {}, fetch: io.fetch ?? globalThis.fetch }
  const signer = setting && (await signBy(setting, provider, given, io))
  const options: Record<string, unknown> = {
    ...scenario.options,
    ...given,
    ...(signer === undefined ? {} : { [replaceableKey(provider) ?? 'privateKey']: signer.key }),
    fetch: wrapFetch?.(scenario.fetch) ?? scenario.fetch,
    onEvent: ((event) => {
      detail?.(`${event.type} ${JSON.stringify({ ...event, type: undefined })}`)
      onEvent?.(event)
    }) satisfies OnEvent,
  }
  if (maxBodyBytes !== undefined) options['maxBodyBytes'] = maxBodyBytes
  if (io.clock !== undefined) options['clock'] = io.clock
  if (!emulated && exchangesTokens(provider)) {
    const shared = await sharedStore?.open()
    if (shared !== undefined && 'background' in provider.fields) options['background'] = shared.background
    const store = shared?.tokenStore ?? (await openCache(tokenCache, provider, options))
    const onWait = () => detail?.('token.waiting: another process is getting this token.')
    const onRefusal = (remainingMs: number) =>
      talk?.(
        `The provider was not asked again: it refused these credentials less than 5 s ago. It can be asked in ${toDurationWords(Math.ceil(remainingMs / 1000))}.`,
      )
    if (store !== undefined) {
      const now = () => nowOf(io)
      options['tokenStore'] = createRenewingStore(store, { minimumMs, now, onWait, onRefusal })
    }
  }
  const auth = await createOrRelease()
  const baseUrl = toBaseUrl(provider, options) ?? ''
  return { provider, auth, options, baseUrl: baseUrl.replace(/(?<!\/)\/+$/, ''), emulated, signer }

  async function createOrRelease(): Promise<ProviderAuth> {
    try {
      return provider.create(options)
    } catch (error) {
      await signer?.release()
      throw error
    }
  }
}

/** Starts the program that signs in place of the private key. */
export async function signBy(
  setting: SignerSetting,
  provider: Provider,
  options: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<OpenSigner> {
  const { openSigner } = await import('./signer/open-signer.ts')
  const { algorithm = provider.algorithm ?? 'RS256', keyId } = options as Partial<SignerUse>
  return openSigner(setting, { algorithm, keyId, provider: provider.id }, io)
}

/** Names the file in use wherever the current folder has one, since that may come from someone else. */
export function nameProfile(
  profile: PlacedProfile | undefined,
  { talk, detail }: Pick<OpenOptions, 'talk' | 'detail'>,
): void {
  if (profile === undefined) return
  const say = profile.besideFolderFile ? talk : detail
  say?.(`Using the profile ${profile.name} of ${profile.file}`)
}

async function openCache(
  tokenCache: TokenCache | undefined,
  provider: Provider,
  options: Readonly<Record<string, unknown>>,
): Promise<CoordinatedTokenStore | undefined> {
  const secret = tokenCache && (await credentialSecret(provider, options))
  return secret && tokenCache?.(secret)
}

/** Whether a provider has a token endpoint. */
function exchangesTokens({ rules }: Provider): boolean {
  return rules.some(({ endpoint }) => endpoint === 'token')
}

/** An emulator in this process, credentials of its own making, and a throwaway key. */
async function emulate(
  { id, fields, credentialSets, baseUrls }: Provider,
  { clock }: Io,
): Promise<{ options: Record<string, unknown>; fetch: typeof globalThis.fetch }> {
  const create = await loadEmulator(toProviderId(id))
  const emulator = create(clock === undefined ? {} : { clock })
  const { privateKey, publicKey } = await generateKeyPair()
  const known: Record<string, unknown> = { privateKey, ...(await emulator.register(publicKey)) }
  const [[environment, baseUrl] = []] = Object.entries(baseUrls)
  const options = Object.fromEntries((credentialSets[0] ?? []).map((name) => [name, known[name]]))
  if ('environment' in fields) options['environment'] = environment
  if (fields['baseUrl']?.required === true) options['baseUrl'] = baseUrl
  return { options, fetch: emulator.fetch as typeof globalThis.fetch }
}
