import { readFile, stat } from 'node:fs/promises'
import { type ClockOption, systemClock, toNow } from '../base/clock.ts'
import { notify } from '../base/events.ts'
import type { Secret } from '../base/secret.ts'
import { tagOf } from '../base/tag-of.ts'
import { ConfigError, checkedTime, checkOptionNames } from '../errors/config-error.ts'
import { unknownAlgorithm } from '../keys/import-public-key.ts'
import { importSigningKey } from '../keys/import-signing-key.ts'
import { isSigningAlgorithm, type SigningAlgorithm, type SigningKey } from '../keys/signing-key.ts'
import { importEncryptedKey } from './encrypted-key.ts'

const largest = 65_536

/** Options of {@link readKeyFile}. */
export interface ReadKeyFileOptions {
  /** Opens the key, when it is encrypted. */
  passphrase?: string | Secret | undefined
}

/**
 * A private key from a file, in any form that core takes, opened when it is encrypted. Every factory takes the
 * result as `privateKey`.
 *
 * @example
 * ```ts
 * import { importSigningKey } from '@countersign/core'
 * import { readKeyFile } from '@countersign/core/node'
 *
 * const key = await importSigningKey(await readKeyFile('private_key.pem'), { algorithm: 'RS256' })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the file cannot be read, and for an unknown option.
 * @throws {KeyError} with the code that names the key's fault.
 */
export async function readKeyFile(path: string | URL, options?: ReadKeyFileOptions): Promise<Secret> {
  checkPath(path)
  checkOptionNames(options, ['passphrase'])
  const { passphrase } = options ?? {}
  const bytes = await readFile(path).catch((error: unknown) => {
    const { code = 'unknown' } = error as { code?: string }
    throw new ConfigError(`The key file ${String(path)} cannot be read (${code}).`, {
      hint: 'Check the path and the permissions.',
    })
  })
  if (bytes.length > largest) throw new ConfigError(`The key file ${String(path)} is larger than 64 KiB.`)
  return importEncryptedKey({ pem: new Uint8Array(bytes), passphrase })
}

/** Options of {@link createKeyFileSigner}. */
export interface KeyFileSignerOptions {
  /** The path of the key file. */
  path: string
  /** The algorithm that the key signs with. */
  algorithm: SigningAlgorithm
  /** The key id, for providers that require one. */
  keyId?: string | undefined
  /** Opens the key, when it is encrypted. */
  passphrase?: string | Secret | undefined
  /** The shortest time between two checks of the file, milliseconds. Default 5 000. */
  checkEveryMs?: number | undefined
  /** The source of the time. Default: the computer's clock. */
  clock?: ClockOption | undefined
  /** Called when a new key signs from now on. */
  onReload?: ((publicJwk: SigningKey['publicJwk']) => void) | undefined
  /** Called once when the new file cannot be used; the old key continues to sign. */
  onError?: ((error: unknown) => void) | undefined
}

/** A {@link SigningKey} that follows its file. */
export interface KeyFileSigner extends SigningKey {
  /** Checks the file now. Resolves with whether a different key signs from now on. */
  reload(): Promise<boolean>
}

/**
 * A key that is read again when its file changes: without a watcher or a timer, the file is checked when a
 * signature is requested and the last check is old enough. The new key replaces the old one completely or not at
 * all; a file that could not be used is tried again at every check.
 *
 * @example
 * ```ts
 * import { createKeyFileSigner } from '@countersign/core/node'
 *
 * const privateKey = await createKeyFileSigner({ path: '/run/secrets/key.pem', algorithm: 'RS256' })
 * process.on('SIGHUP', () => void privateKey.reload())
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` when an option is missing, unknown or wrong, or the file cannot be read at first.
 * @throws {KeyError} with the code of the fault when the first key cannot be used.
 */
export async function createKeyFileSigner(options: KeyFileSignerOptions): Promise<KeyFileSigner> {
  checkOptionNames(options, signerOptions)
  // Code without types may leave the options out.
  const given = (options ?? {}) as KeyFileSignerOptions
  const { path, algorithm, keyId, passphrase, checkEveryMs = 5_000, clock = systemClock } = given
  checkPath(path)
  if (!isSigningAlgorithm(algorithm)) throw unknownAlgorithm()
  if (typeof checkEveryMs !== 'number' || !(checkEveryMs >= 0))
    throw new ConfigError('`checkEveryMs` must be a number of milliseconds, 0 or more.')
  const readClock = toNow(clock)
  const now = () => checkedTime(readClock())
  const load = async () => importSigningKey(await readKeyFile(path, { passphrase }), { algorithm, keyId })
  let version = await versionOf(path).catch(() => '')
  let current = await load()
  let checkedAt = now()
  let checking: Promise<boolean> | undefined
  let reported = ''

  async function check(): Promise<boolean> {
    checkedAt = now()
    let seen = ''
    try {
      seen = await versionOf(path)
      if (seen === version) return false
      const next = await load()
      const changed = next.publicJwk?.n !== current.publicJwk?.n
      // Kept only now: a file that could not be read has the same version when it can be.
      version = seen
      reported = ''
      current = next
      if (changed) notify(options.onReload, next.publicJwk)
      return changed
    } catch (error) {
      const failure = `${seen} ${(error as { code?: unknown }).code}`
      if (failure !== reported) notify(options.onError, error)
      reported = failure
      return false
    }
  }

  const reload = () => {
    checking ??= check().finally(() => {
      checking = undefined
    })
    return checking
  }

  return {
    algorithm,
    ...(keyId === undefined ? {} : { keyId }),
    get publicJwk() {
      return current.publicJwk as NonNullable<SigningKey['publicJwk']>
    },
    reload,
    async sign(data) {
      // A clock that was set back must not stop the checks.
      if (Math.abs(now() - checkedAt) >= checkEveryMs) await reload()
      return current.sign(data)
    },
  }
}

const signerOptions = Object.keys({
  path: true,
  algorithm: true,
  keyId: true,
  passphrase: true,
  checkEveryMs: true,
  clock: true,
  onReload: true,
  onError: true,
} satisfies Record<keyof KeyFileSignerOptions, true>)

/** Code without types may pass anything; what is not a path may be the key itself, so it is not repeated. */
function checkPath(path: unknown): void {
  if ((typeof path === 'string' && path !== '') || tagOf(path) === 'URL') return
  throw new ConfigError('`path` is missing or not the path of a file.', {
    hint: 'Pass a string or a file URL.',
  })
}

/** Changes with every write, rename and change of permissions. */
async function versionOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path)
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`
}
