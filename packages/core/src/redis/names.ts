import { sha256 } from '#sha256'
import { toBase64Url, toHex } from '../base/encoding.ts'
import { ConfigError } from '../errors/config-error.ts'

/** A name that does not show whose it is, and does not depend on the encryption keys. */
export async function toName(key: string): Promise<string> {
  return toHex(await sha256(new TextEncoder().encode(key)))
}

/** The two keys of a token. Braces put them into one slot of a cluster. */
export function keysOf(prefix: string, name: string): [string, string] {
  return [`${prefix}{${name}}:t`, `${prefix}{${name}}:l`]
}

/** The channel on which waiting processes learn of a new token. */
export function channelOf(prefix: string, name: string): string {
  return `${prefix}{${name}}:n`
}

/** The key of an id that is handled once. */
export function handledKeyOf(prefix: string, name: string): string {
  return `${prefix}{${name}}:h`
}

/** 128 random bits. */
export function randomText(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
}

/**
 * The prefix of all names.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it is not a string or contains a brace.
 */
export function parsePrefix(prefix: unknown = 'countersign:'): string {
  if (typeof prefix === 'string' && !/[{}]/.test(prefix)) return prefix
  throw new ConfigError('`prefix` must be a string without braces.', {
    hint: 'Braces decide which node of a cluster keeps a key, and the store sets them.',
  })
}
