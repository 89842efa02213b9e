import type { Provider } from '@countersign/core'
import { performDryRun } from '../dry-run.ts'
import { type Io, nowOf, withStdinKept } from '../io.ts'
import { openProvider } from '../open-provider.ts'
import type { Flags, ProviderOptions } from '../provider-options.ts'
import { shellQuote } from '../shell-quote.ts'
import { goesThroughProxy } from './computer.ts'
import { judgeConfiguration } from './configuration.ts'
import { failOf, type Judgement, judgeDryRun, warn } from './finding.ts'
import {
  findCredentialsFile,
  findKeys,
  judgeKey,
  judgeKeyFile,
  judgePublicKeyBeside,
  judgeSigner,
} from './keys.ts'
import { judgeClock, judgeNetwork, judgeOnline, probe } from './network.ts'

/** How a provider is examined. */
export interface Examination {
  flags: Flags
  /** Whether the token call is really made. */
  online: boolean
  io: Io
}

/** Everything about one provider, causes before effects. */
export async function examineProvider(provider: Provider, examination: Examination): Promise<Judgement[]> {
  const { flags, online } = examination
  const { id } = provider
  const io = withStdinKept(examination.io)
  const { judged: configuration, read, keyFailed } = await judgeConfiguration(provider, flags, io())
  const emulated = read?.emulated === true
  const keys = emulated ? [] : await examineKeys(provider, flags, read?.sources, io())
  const keyIsNamed = keyFailed && keys.some(({ level }) => level === 'fail')
  const judged = keyIsNamed ? keys : [configuration, ...keys]
  if (read?.signer !== undefined)
    judged.push(...(await judgeSigner(provider, read.signer, read.options, io())))
  if (judged.some(({ level }) => level === 'fail')) return judged
  const about = { id: 'dry-run', provider: id }
  try {
    const open = await openProvider(id, flags, io())
    const url = new URL(open.baseUrl)
    const send = open.options['fetch'] as typeof fetch
    const result = await probe(url.origin, send, io())
    const proxied = !emulated && goesThroughProxy(url, io())
    const reached = emulated ? [] : judgeNetwork(result, { provider: id, url, proxied })
    judged.push(...reached)
    const dryRun = await performDryRun(id, flags, io())
    judged.push(...judgeClock(id, result, dryRun, io()))
    judged.push(judgeDryRun(id, dryRun.verdictsAt(nowOf(io()))))
    const isReached = reached.every(({ level }) => level !== 'fail')
    if (online && isReached) judged.push(await judgeOnline(open, dryRun.exchanges, io()))
    if (!online && !emulated)
      judged.push(
        warn(
          { id: 'online', provider: id },
          'The credentials were not tried: the provider may still refuse them.',
          `countersign doctor ${id}${profileWords(flags)} --online`,
        ),
      )
  } catch (error) {
    judged.push(await failOf(about, error, `countersign explain ${id}`))
  }
  return judged
}

/** The profile that was named, for the command that tries its credentials. */
function profileWords({ profile }: Flags): string {
  return typeof profile === 'string' ? ` --profile ${shellQuote(profile)}` : ''
}

async function examineKeys(
  provider: Provider,
  flags: Flags,
  sources: ProviderOptions['sources'] | undefined,
  io: Io,
): Promise<Judgement[]> {
  const judged: Judgement[] = []
  for (const key of await findKeys(provider, flags, io)) {
    // Another kind of credentials, or the credentials file, has put this key aside.
    if (sources !== undefined && (sources[key.name]?.name ?? '--credentials') === '--credentials') continue
    const itself = await judgeKey(provider, key, io)
    judged.push(...itself)
    // A file without a key, or with the wrong half, must be replaced, not protected.
    if (itself[0]?.level === 'fail') continue
    if (key.path !== undefined) judged.push(...(await judgeKeyFile(provider.id, key.path, io)))
    if (key.kind === 'private-key') judged.push(...(await judgePublicKeyBeside(provider.id, key, io)))
  }
  const credentials = await findCredentialsFile(provider, flags, io)
  if (credentials !== undefined) judged.push(...(await judgeKeyFile(provider.id, credentials, io)))
  return judged
}
