import { stat } from 'node:fs/promises'
import { type ClockOption, systemClock } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import { importSigningKey } from '../keys/import-signing-key.ts'
import type { SigningAlgorithm, SigningKey } from '../keys/signing-key.ts'
import { readKeyFile } from './read-key-file.ts'

/** Options of {@link createKeyFileSigner}. */
export interface KeyFileSignerOptions {
  path: string
  algorithm: SigningAlgorithm
  keyId?: string
  /** What opens the key, when it is encrypted. */
  passphrase?: string | Secret
  /** How often at most the file is looked at, milliseconds. Default 5 000. */
  checkEveryMs?: number
  clock?: ClockOption
  /** Hears that a new key signs from now on. */
  onReload?: (publicJwk: SigningKey['publicJwk']) => void
  /** Hears that the new file is no usable key; the old key goes on signing. */
  onError?: (error: unknown) => void
}

/** A {@link SigningKey} that follows its file. */
export interface KeyFileSigner extends SigningKey {
  /** Looks at the file now. Resolves with whether another key signs from now on. */
  reload(): Promise<boolean>
}

/**
 * A key that is read again when its file changes: no watcher, no timer, one look at the file when a
 * signature is asked for and the last look is old enough. The new key takes over whole or not at all.
 *
 * @throws {KeyError} or {ConfigError} when the first key cannot be used.
 */
export async function createKeyFileSigner(options: KeyFileSignerOptions): Promise<KeyFileSigner> {
  const { path, algorithm, keyId, checkEveryMs = 5_000, clock = systemClock, onReload, onError } = options
  const now = () => (typeof clock === 'function' ? clock() : clock.now())
  const passphrase = options.passphrase === undefined ? {} : { passphrase: options.passphrase }
  const load = async () => importSigningKey(await readKeyFile(path, passphrase), { algorithm, keyId })
  let version = await versionOf(path).catch(() => '')
  let current = await load()
  let lookedAt = now()
  let looking: Promise<boolean> | undefined

  async function look(): Promise<boolean> {
    lookedAt = now()
    try {
      const seen = await versionOf(path)
      if (seen === version) return false
      version = seen
      current = await load()
      onReload?.(current.publicJwk)
      return true
    } catch (error) {
      onError?.(error)
      return false
    }
  }

  const reload = () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    algorithm,
    ...(keyId === undefined ? {} : { keyId }),
    get publicJwk() {
      return current.publicJwk as NonNullable<SigningKey['publicJwk']>
    },
    reload,
    async sign(data) {
      if (now() - lookedAt >= checkEveryMs) await reload()
      return current.sign(data)
    },
  }
}

async function versionOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path)
  return `${ino} ${size} ${mtimeMs}`
}
