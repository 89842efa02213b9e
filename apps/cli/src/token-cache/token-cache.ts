import type { CoordinatedTokenStore, Provider, Secret, SigningKey } from '@countersign/core'
import { type FieldKind, revealSecret } from '@countersign/core/provider'
import { type Io, nowOf } from '../io.ts'
import { shownPath } from '../shell-quote.ts'
import { cacheFix } from './cache-fix.ts'
import { cacheDirectory, createDiskTokenStore } from './disk-token-store.ts'

/** Opens the store that keeps the tokens of one credential, sealed with the credential's secret. */
export type TokenCache = (secret: Uint8Array) => CoordinatedTokenStore

/** Tokens kept on disk between commands. `talk` is told once when they cannot be kept. */
export function createTokenCache(io: Io, talk?: (text: string) => void): TokenCache {
  return (secret) => {
    const directory = cacheDirectory(io.env)
    const store = createDiskTokenStore({ directory, secret, now: () => nowOf(io) })
    store.prepare()
    // Who names a place below /dev/null wants nothing to be kept.
    return talk === undefined || directory.startsWith('/dev/null/') ? store : reporting(store, io.env, talk)
  }
}

/** The same store, which says once why tokens are not kept: the command goes on without it, as if it were empty. */
function reporting(
  store: CoordinatedTokenStore,
  env: Io['env'],
  talk: (text: string) => void,
): CoordinatedTokenStore {
  let told = false
  async function tell(error: unknown): Promise<void> {
    if (told) return
    told = true
    const { code = 'unknown' } = error as { code?: string }
    const fix = await cacheFix(env)
    talk(
      `The token cache, ${shownPath(cacheDirectory(env), env)}, cannot be used (${code}): the token is not kept. Fix: ${fix}`,
    )
  }
  const watched =
    <Given extends unknown[], Value>(operation: (...given: Given) => Value) =>
    async (...given: Given): Promise<Awaited<Value>> => {
      try {
        return await operation(...given)
      } catch (error) {
        await tell(error)
        throw error
      }
    }
  return {
    ...store,
    claim: watched(store.claim),
    publish: watched(store.publish),
    spend: watched(store.spend),
  }
}

/** Kinds of options that are a secret, the strongest first. A public key among them is a credential. */
const secretKinds: readonly FieldKind[] = ['private-key', 'secret', 'public-key']

/**
 * The secret bytes of the credential that a token belongs to: PKCS#8 of a private key, in whatever form it
 * was given, else the text of the client secret or of the public key. `undefined` where there is not one, and where
 * a program signs.
 */
export async function credentialSecret(
  { fields }: Provider,
  options: Readonly<Record<string, unknown>>,
): Promise<Uint8Array | undefined> {
  const [first] = secretKinds.flatMap((kind) =>
    Object.keys(fields).filter((name) => fields[name]?.kind === kind && options[name] !== undefined),
  )
  if (first === undefined) return undefined
  const value = options[first] as string | Uint8Array | Secret | SigningKey
  // A program holds the key: nothing secret of it is here to seal tokens with.
  if (typeof value === 'object' && 'sign' in value) return undefined
  const content = value instanceof Uint8Array ? value : revealSecret(value)
  if (fields[first]?.kind === 'private-key') return privateKeyBytes(content, options['keyId'])
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}

async function privateKeyBytes(
  content: string | Uint8Array,
  keyId: unknown,
): Promise<Uint8Array | undefined> {
  const { openKey } = await import('@countersign/core/node')
  try {
    const key = await openKey(content, typeof keyId === 'string' ? { keyId } : {})
    return new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))
  } catch {
    // What is wrong with the key is told, in better words, by the provider that is to sign with it.
    return undefined
  }
}
