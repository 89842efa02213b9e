import type { TokenStore } from '@countersign/core'
import { cacheDirectory, createDiskTokenStore } from '../disk-token-store.ts'
import { type Io, nowOf } from '../io.ts'
import { createRenewingStore } from '../renewing-store.ts'

/** Makes the store that keeps the tokens of one credential, sealed with the credential's secret. */
export type TokenCache = (secret: Uint8Array) => TokenStore

/** Options of {@link createTokenCache}. */
export interface TokenCacheOptions {
  /** A kept token that ends sooner is renewed; `Infinity` renews every token. Milliseconds, default 0. */
  minimumMs?: number
  /** Told when another command is waited for. */
  detail?: (text: string) => void
}

/** Tokens kept on disk between commands. */
export function createTokenCache(io: Io, { minimumMs = 0, detail }: TokenCacheOptions = {}): TokenCache {
  const directory = cacheDirectory(io.env)
  const now = () => nowOf(io)
  const onWait = () => detail?.('token.waiting: another command is getting this token.')
  return (secret) =>
    createRenewingStore(createDiskTokenStore({ directory, secret, now, onWait }), minimumMs, now)
}
