import { ConfigError, checkOptionNames } from '../errors/config-error.ts'
import type {
  Claim,
  ClaimOptions,
  CoordinatedTokenStore,
  Lease,
  SharedRefusal,
} from '../token/coordinated-store.ts'
import type { TokenRecord } from '../token/token.ts'
import { type RedisClient, type RedisSubscriber, toRedisEval, toRedisSubscribe } from './client.ts'
import { channelOf, keysOf, parsePrefix, randomText, toName } from './names.ts'
import {
  claimScript,
  deleteScript,
  extendScript,
  failScript,
  publishScript,
  readScript,
  spendScript,
  writeScript,
} from './scripts.ts'
import { createSealer, parseEncryptionKeys } from './seal.ts'

/** Options of {@link createRedisTokenStore}. */
export interface RedisTokenStoreOptions {
  /**
   * A client of `redis` (5 or 6), `ioredis`, `iovalkey` or `@valkey/valkey-glide`, connected or connecting; or
   * a function that runs `EVAL`. The store does not connect, configure or close it.
   */
  client: RedisClient
  /**
   * 32-byte keys, as bytes or Base64, that seal what is stored: the first seals, all open. To replace a key, add
   * the new one second in every process, then move it first, then remove the old one.
   */
  encryptionKeys?: readonly (string | Uint8Array)[]
  /** The same for a single key. */
  encryptionKey?: string | Uint8Array
  /** What the names of all keys and channels begin with. Default `countersign:`. */
  prefix?: string
  /**
   * A second connection, for notifications: waiting processes then learn of a new token at once. Without it they
   * poll, which is also what they do when a notification is lost.
   */
  subscriber?: RedisSubscriber
}

/** A record whose access token lives for less is not handed over. */
const leastLifeMs = 5_000

/**
 * A {@link CoordinatedTokenStore} on Redis or Valkey: processes that share it exchange once per token life and
 * never present a single-use refresh token twice. What is stored is sealed, and its name is a hash.
 *
 * Errors of the client pass through; the token source continues without the store then.
 *
 * @example
 * ```ts
 * import { createRedisTokenStore } from '@countersign/core/redis'
 * import { createClient } from 'redis'
 *
 * declare const encryptionKey: string // from `openssl rand -base64 32`
 *
 * const client = createClient({ url: 'redis://127.0.0.1:6379', disableOfflineQueue: true })
 * client.on('error', () => undefined)
 * await client.connect()
 * const tokenStore = createRedisTokenStore({ client, encryptionKey })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an unknown client, a missing or malformed key, or a prefix with
 *   braces.
 */
export function createRedisTokenStore(options: RedisTokenStoreOptions): CoordinatedTokenStore {
  const { client, encryptionKeys, encryptionKey, prefix, subscriber } = parseOptions(options)
  const run = toRedisEval(client)
  const sealer = createSealer(parseEncryptionKeys(encryptionKeys, encryptionKey))

  /** Runs a script on the keys of a token; a client may return buffers for text. */
  async function evaluate(
    script: string,
    name: string,
    args: readonly (string | number)[],
  ): Promise<string[]> {
    const reply = await run(script, keysOf(prefix, name), args.map(String))
    return Array.isArray(reply) ? reply.map(String) : [String(reply)]
  }

  const openRecord = (name: string, { epoch, generation, record, spender }: StoredRecord) =>
    sealer
      .open(record, { kind: 'record', name, epoch, generation })
      .then((opened) => toRecord(opened, { epoch, generation, spender }))

  async function read(name: string): Promise<StoredRecord | undefined> {
    const reply = await evaluate(readScript, name, [])
    return reply.length === 0 ? undefined : toStored(reply)
  }

  async function claim(name: string, options: ClaimOptions, overlooked = ''): Promise<Claim> {
    const { owner, leaseMs, known } = options
    const [outcome, ...reply] = await evaluate(claimScript, name, [
      checkedOwner(owner),
      leaseMs,
      known?.epoch ?? '',
      known?.generation ?? 0,
      randomText(),
      leastLifeMs,
      overlooked,
    ])
    if (outcome === 'held') return { outcome, remainingMs: Number(reply[0]) }
    if (outcome === 'refused') {
      const sealed = String(reply[1])
      const refusal = toRefusal(await sealer.open(sealed, refusalContext(name)))
      if (refusal !== undefined) return { outcome, refusal, remainingMs: Number(reply[0]) }
      // Nobody can read it: it counts as missing, and only this one does.
      if (overlooked === sealed) return { outcome: 'held', remainingMs: Number(reply[0]) }
      return claim(name, options, sealed)
    }
    const stored = toStored(reply)
    const version = { epoch: stored.epoch, generation: stored.generation }
    const record = stored.record === '' ? undefined : await openRecord(name, stored)
    if (outcome === 'claimed') return { outcome, version, ...(record !== undefined && { record }) }
    if (record !== undefined) return { outcome: 'record', record, version, lifeMs: Number(reply[4]) }
    // A record that cannot be opened counts as missing: the claim is for what follows it.
    return claim(name, { ...options, known: version }, overlooked)
  }

  const store: CoordinatedTokenStore = {
    async get(key) {
      const name = await toName(key)
      const stored = await read(name)
      return stored && openRecord(name, stored)
    },
    async set(key, record, { ttlMs }) {
      const name = await toName(key)
      const stored = await read(name)
      if (
        stored !== undefined &&
        record.epoch === stored.epoch &&
        (record.generation ?? 0) < stored.generation
      )
        return
      const version = { epoch: stored?.epoch ?? randomText(), generation: (stored?.generation ?? 0) + 1 }
      const sealed = await sealer.seal(toPayload(record), { kind: 'record', name, ...version })
      await evaluate(writeScript, name, [
        stored?.epoch ?? '',
        stored?.generation ?? 0,
        version.epoch,
        version.generation,
        sealed,
        toTtl(ttlMs),
        toOutlives({ ttlMs, lifeMs: record.expiresAt - record.issuedAt }),
        channelOf(prefix, name),
      ])
    },
    async delete(key) {
      const name = await toName(key)
      await evaluate(deleteScript, name, [channelOf(prefix, name)])
    },
    claim: async (key, options) => claim(await toName(key), options),
    async spend(key, lease) {
      const [spent] = await evaluate(spendScript, await toName(key), leaseArguments(lease))
      return spent === '1'
    },
    async publish(key, lease, record, lives) {
      const name = await toName(key)
      const version = { epoch: lease.version.epoch, generation: lease.version.generation + 1 }
      const sealed = await sealer.seal(toPayload(record), { kind: 'record', name, ...version })
      const [accepted] = await evaluate(publishScript, name, [
        ...leaseArguments(lease),
        version.generation,
        sealed,
        toTtl(lives.ttlMs),
        toOutlives(lives),
        channelOf(prefix, name),
      ])
      return accepted === '1' ? { accepted: true, version } : { accepted: false }
    },
    async fail(key, lease, shared) {
      const name = await toName(key)
      const sealed = shared === undefined ? '' : await sealer.seal(shared.refusal, refusalContext(name))
      await evaluate(failScript, name, [
        ...leaseArguments(lease),
        sealed,
        toTtl(shared?.refusalMs ?? 0),
        channelOf(prefix, name),
      ])
    },
    async extend(key, lease, { leaseMs }) {
      const [extended] = await evaluate(extendScript, await toName(key), [
        ...leaseArguments(lease),
        toTtl(leaseMs),
      ])
      return extended === '1'
    },
  }
  if (subscriber === undefined) return store
  const subscribe = toRedisSubscribe(subscriber)
  return {
    ...store,
    async watch(key, listener) {
      const end = await subscribe(channelOf(prefix, await toName(key)), listener)
      return () => {
        Promise.resolve(end()).catch(() => undefined)
      }
    },
  }
}

interface StoredRecord {
  epoch: string
  generation: number
  record: string
  spender: string
}

function toStored([
  epoch = '',
  generation = '0',
  record = '',
  spender = '',
]: readonly string[]): StoredRecord {
  return { epoch, generation: Number(generation), record, spender }
}

/** Version and intent are kept beside what is sealed: scripts compare them. */
function toPayload({
  epoch: _epoch,
  generation: _generation,
  spending: _spending,
  ...payload
}: TokenRecord): object {
  return payload
}

function toRecord(
  payload: unknown,
  { epoch, generation, spender }: Omit<StoredRecord, 'record'>,
): TokenRecord | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  return { ...(payload as TokenRecord), epoch, generation, ...(spender !== '' && { spending: true }) }
}

/** A refusal concerns the credentials, which are part of the name, and no version of the token. */
function refusalContext(name: string) {
  return { kind: 'refusal', name, epoch: '', generation: 0 } as const
}

function toRefusal(opened: unknown): SharedRefusal | undefined {
  return typeof opened === 'object' && opened !== null ? (opened as SharedRefusal) : undefined
}

function leaseArguments({ owner, version }: Lease): (string | number)[] {
  return [checkedOwner(owner), version.epoch, version.generation]
}

function checkedOwner(owner: string): string {
  if (/^[\w-]+$/.test(owner)) return owner
  throw new ConfigError('`owner` must be letters, digits, `-` and `_`.', {
    hint: 'Pass `crypto.randomUUID()`.',
  })
}

/** Redis takes whole milliseconds and deletes for 0. */
function toTtl(ms: number): number {
  return Math.max(1, Math.ceil(ms))
}

/** How long a record is kept after its access token has expired. */
function toOutlives({ ttlMs, lifeMs }: { ttlMs: number; lifeMs: number }): number {
  return Math.max(0, Math.floor(ttlMs - lifeMs))
}

const optionNames = ['client', 'encryptionKeys', 'encryptionKey', 'prefix', 'subscriber']

/** Code without types may leave the options out. */
function parseOptions(
  given: RedisTokenStoreOptions | undefined,
): RedisTokenStoreOptions & { prefix: string } {
  const options = { ...given } as RedisTokenStoreOptions
  checkOptionNames(options, optionNames)
  if (options.subscriber !== undefined && (options.subscriber as unknown) === options.client)
    throw new ConfigError('`subscriber` is the same connection as `client`.', {
      hint: 'A connection that subscribes cannot do anything else: pass `client.duplicate()`, connected.',
    })
  return { ...options, prefix: parsePrefix(options.prefix) }
}
