import { ConfigError } from '../errors/config-error.ts'

/**
 * WebCrypto of this platform.
 *
 * @throws {ConfigError} `CONFIG_INVALID` where there is none: a browser has it in secure contexts only.
 */
export function subtleCrypto(): SubtleCrypto {
  const { crypto } = globalThis as { crypto?: Crypto }
  if (crypto?.subtle !== undefined) return crypto.subtle
  throw new ConfigError('`crypto.subtle` is missing: browsers offer it in a secure context only.', {
    hint: 'Serve the page over https or from localhost. In a test environment without WebCrypto, such as jsdom, use the environment of Node.',
  })
}
