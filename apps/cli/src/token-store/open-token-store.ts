import { setTimeout } from 'node:timers/promises'
import type { CoordinatedTokenStore } from '@countersign/core'
import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { Rereadable } from '../proxy/reload.ts'
import { UsageError } from '../usage-error.ts'
import { readTextVariable } from '../variables.ts'
import { parseStoreAddress, storeVariable } from './address.ts'
import type { Trouble } from './connection.ts'
import type { StoreNotice } from './trouble.ts'

/** A token store that processes share, and its connection. */
export interface OpenTokenStore extends Rereadable {
  tokenStore: CoordinatedTokenStore
  /** Keeps `close` waiting for work that goes on after the command has what it wanted. */
  background(work: Promise<unknown>): void
  close(): Promise<void>
}

/** Adds `--token-store` to a command; `summary` says what it does there. */
export function addTokenStoreFlag(
  command: Command,
  summary = 'share tokens with other processes through Redis',
): void {
  command.option('--token-store <address>', `${summary}, such as redis://127.0.0.1:6379`)
}

/** How long a command waits for its store before it begins without it, milliseconds. */
const connectMs = 2_000

/**
 * Opens the store that the flag or the variable names; `undefined` when neither does. A store that cannot be
 * reached is told and stays in use: it is connected as soon as it can be.
 *
 * @throws {UsageError} for an address, a password or keys that cannot be used.
 */
async function openTokenStore(
  flag: string | undefined,
  io: Io,
  tell: (notice: StoreNotice) => void,
): Promise<OpenTokenStore | undefined> {
  const variable = io.env[storeVariable]
  const text = flag ?? (variable === '' ? undefined : variable)
  if (text === undefined) return undefined
  const address = parseStoreAddress(text, flag === undefined ? storeVariable : '--token-store')
  let secrets = await readSecrets(io)
  const [{ createRedisTokenStore }, { createConnection }, { createTroubleLog }] = await Promise.all([
    import('@countersign/core/redis'),
    import('./connection.ts'),
    import('./trouble.ts'),
  ])
  let isConnected = false
  let closed = false
  const log = createTroubleLog(address, (notice) => closed || tell(notice))
  const begin = Promise.withResolvers<void>()
  const connection = await createConnection(address, {
    password: () => secrets.password ?? address.password,
    sentinelPassword: () => secrets.sentinelPassword,
    connectMs,
    // Before the first connection `connect` tries again, without keeping a command alive.
    reconnect: (retries) => isConnected && !closed && Math.min(2_000, 50 * 2 ** Math.min(retries, 6)),
  })
  /** Of several nodes one may be down while the store works: that is told when an operation fails. */
  let ofSomeNode: Trouble | undefined
  connection.onTrouble((trouble) => {
    if (address.kind === 'single') {
      log.failed(trouble, 'connection')
      begin.resolve()
    } else if (trouble.code !== 'UNREACHABLE') ofSomeNode = trouble
  })
  connection.onWork(() => log.works('connection'))
  async function connect(): Promise<void> {
    while (!closed) {
      try {
        await connection.connect()
        isConnected = true
        return
      } catch (error) {
        log.failed(ofSomeNode ?? connection.toTrouble(error), 'connection')
        begin.resolve()
        await setTimeout(connectMs, undefined, { ref: false })
      }
    }
  }
  const patience = new AbortController()
  const tired = setTimeout(connectMs, undefined, { signal: patience.signal }).then(
    () => log.hasTrouble() || log.failed(ofSomeNode ?? { code: 'TIMEOUT' }, 'connection'),
    () => undefined,
  )
  await Promise.race([connect(), begin.promise, tired])
  patience.abort()

  /** A server that is connected may refuse the scripts: a replica, a node of a cluster, missing permissions. */
  const run: typeof connection.run = async (...script) => {
    try {
      const reply = await connection.run(...script)
      log.works('script')
      return reply
    } catch (error) {
      const trouble = connection.toTrouble(error)
      if (trouble.said !== undefined) log.failed(trouble, 'script')
      else if (address.kind !== 'single') log.failed(ofSomeNode ?? trouble, 'script')
      throw error
    }
  }
  const createStore = ({ encryptionKeys }: StoreSecrets) =>
    createRedisTokenStore({ client: run, encryptionKeys })
  let store = createStore(secrets)
  const pending = new Set<Promise<unknown>>()
  return {
    tokenStore: {
      get: (...given) => store.get(...given),
      set: (...given) => store.set(...given),
      delete: (...given) => store.delete(...given),
      claim: (...given) => store.claim(...given),
      spend: (...given) => store.spend(...given),
      publish: (...given) => store.publish(...given),
      fail: (...given) => store.fail(...given),
      extend: (...given) => store.extend(...given),
    },
    background(work) {
      const settled: Promise<unknown> = work.catch(() => undefined).finally(() => pending.delete(settled))
      pending.add(settled)
    },
    files: () => secrets.files,
    async reload() {
      try {
        const next = await readSecrets(io)
        if (JSON.stringify(next) === JSON.stringify(secrets)) return { outcome: 'unchanged' }
        // A connection that exists stays; the next one shows the new password.
        secrets = next
        store = createStore(next)
        return { outcome: 'replaced' }
      } catch (error) {
        return { outcome: 'kept', error }
      }
    },
    async close() {
      await Promise.all(pending)
      closed = true
      try {
        await connection.destroy()
      } catch {
        // It was not connected.
      }
    },
  }
}

/** What opens the server, and what is stored there. */
interface StoreSecrets {
  password: string | undefined
  sentinelPassword: string | undefined
  encryptionKeys: readonly string[]
  /** The files that they came from. */
  files: readonly string[]
}

async function readSecrets(io: Io): Promise<StoreSecrets> {
  const files: string[] = []
  const noting: Io = { ...io, noteFile: async (path) => void files.push(path) }
  return {
    password: await readTextVariable(`${storeVariable}_PASSWORD`, noting),
    sentinelPassword: await readTextVariable(`${storeVariable}_SENTINEL_PASSWORD`, noting),
    encryptionKeys: await readKeys(noting),
    files,
  }
}

/** The keys that seal what is stored: separated by commas or white space, the first seals. */
async function readKeys(io: Io): Promise<string[]> {
  const variable = `${storeVariable}_KEYS`
  const text = await readTextVariable(variable, io)
  const keys = text?.split(/[\s,]+/).filter((key) => key !== '') ?? []
  if (keys.length > 0 && keys.every((key) => Buffer.from(key, 'base64').length === 32)) return keys
  throw new UsageError(
    keys.length === 0
      ? `${variable} is not set: tokens are sealed before they leave this process.`
      : `A key of ${variable} is not 32 bytes in Base64.`,
    `Make one with: openssl rand -base64 32. Every process that shares the store needs the same; ${variable}_FILE names a file with it.`,
  )
}

/** A store that is opened by the first provider that exchanges tokens; others and emulators need none. */
export interface SharedStore {
  /** Opens the store; `undefined` when neither the flag nor the variable names one. */
  open(): Promise<OpenTokenStore | undefined>
  /** The secrets of an open store, which come from files that may be replaced. */
  reloadable(): Rereadable | undefined
  close(): Promise<void>
}

/** The store that the flag or the variable names, not yet opened. */
export function createSharedStore(...[flag, io, tell]: Parameters<typeof openTokenStore>): SharedStore {
  // A password in an argument is refused even when the store is not needed.
  if (flag !== undefined) parseStoreAddress(flag, '--token-store')
  let opening: ReturnType<typeof openTokenStore> | undefined
  let opened: OpenTokenStore | undefined
  return {
    async open() {
      opening ??= openTokenStore(flag, io, tell)
      opened = await opening
      return opened
    },
    reloadable: () => opened,
    close: async () => opened?.close(),
  }
}

/** Runs `use` with the store that the flag or the variable names, and closes it afterwards. */
export async function withTokenStore<Result>(
  flag: string | undefined,
  { io, talk }: { io: Io; talk: (text: string) => void },
  use: (store: SharedStore) => Promise<Result>,
): Promise<Result> {
  const store = createSharedStore(flag, io, (notice) => {
    if (notice.event === 'store.unreachable') talk(`${notice.message} The token is not shared.`)
  })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
