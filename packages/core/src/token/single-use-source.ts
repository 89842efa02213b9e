import { untilAborted } from '../base/waiting.ts'
import type { Token } from './token.ts'
import type { TokenSource } from './token-source.ts'

/** A source whose every token is new. */
export function createSingleUseSource(acquire: () => Promise<Token>): TokenSource {
  const get: TokenSource['get'] = async ({ signal } = {}) => {
    signal?.throwIfAborted()
    return untilAborted(acquire(), signal)
  }
  return {
    reuse: false,
    current: () => undefined,
    get,
    refuse: () => undefined,
    renew: (_rejected, options) => get(options),
    invalidate: async () => undefined,
  }
}
