import { setTimeout } from 'node:timers/promises'
import type { CoordinatedTokenStore } from '@countersign/core'
import type { Command } from 'commander'
import { readInput } from '../files.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { parseStoreAddress, type StoreAddress, storeVariable } from './address.ts'

/** A token store that processes share, and its connection. */
export interface OpenTokenStore {
  tokenStore: CoordinatedTokenStore
  /** Keeps `close` waiting for work that goes on after the command has what it wanted. */
  background(work: Promise<unknown>): void
  close(): Promise<void>
}

/** What is told about the connection. */
export type StoreNotice = { event: 'store.unreachable'; code: string } | { event: 'store.reachable' }

/** Adds `--token-store` to a command. */
export function addTokenStoreFlag(command: Command): void {
  command.option(
    '--token-store <address>',
    'share tokens with other processes through Redis, such as redis://127.0.0.1:6379',
  )
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
  const password = (await readSecret('PASSWORD', io)) ?? address.password
  const sentinelPassword = await readSecret('SENTINEL_PASSWORD', io)
  const encryptionKeys = await readKeys(io)
  const { createRedisTokenStore } = await import('@countersign/core/redis')
  let isConnected = false
  // Before the first connection `connect` tries again, without keeping a command alive.
  const reconnect = (retries: number) =>
    isConnected && !closed && Math.min(2_000, 50 * 2 ** Math.min(retries, 6))
  const client = await createConnection(address, { password, sentinelPassword, reconnect })
  let trouble: string | undefined
  const begin = Promise.withResolvers<void>()
  let closed = false
  const fail = (code: string) => {
    if (closed || trouble !== undefined) return
    trouble = code
    tell({ event: 'store.unreachable', code })
    // Another node of a cluster may still answer.
    if (address.kind === 'single') begin.resolve()
  }
  const failed = (error: unknown) => fail(codeOf(error))
  const works = () => {
    if (trouble === undefined) return
    trouble = undefined
    tell({ event: 'store.reachable' })
  }
  client.on('error', failed)
  // A single server that has been connected may still refuse the password.
  const events = address.kind === 'single' ? (['ready'] as const) : (['connect', 'node-ready'] as const)
  for (const event of events) client.on(event, works)
  /** A client tries again automatically; a cluster and Sentinel give up when no node answers at first. */
  async function connect(): Promise<void> {
    while (!closed) {
      try {
        await client.connect()
        isConnected = true
        return
      } catch (error) {
        failed(error)
        await setTimeout(connectMs, undefined, { ref: false })
      }
    }
  }
  const patience = new AbortController()
  const tired = setTimeout(connectMs, undefined, { signal: patience.signal }).then(
    () => fail('TIMEOUT'),
    () => undefined,
  )
  await Promise.race([connect(), begin.promise, tired])
  patience.abort()
  const pending = new Set<Promise<unknown>>()
  return {
    tokenStore: createRedisTokenStore({ client: client as never, encryptionKeys }),
    background(work) {
      const settled: Promise<unknown> = work.catch(() => undefined).finally(() => pending.delete(settled))
      pending.add(settled)
    },
    async close() {
      await Promise.all(pending)
      closed = true
      try {
        await client.destroy()
      } catch {
        // It was not connected.
      }
    },
  }
}

/** What the operating system or the server says is wrong, such as `ECONNREFUSED`. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; depth++) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string') return code
    // The server's errors begin with their code; Sentinel's client puts words before it.
    const [, word] = /(?:^|: )([A-Z]{4,})\b/.exec(at.message) ?? []
    if (word !== undefined) return word
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return 'UNREACHABLE'
}

/** A value of the variable, or of the file that its twin names. */
async function readSecret(
  name: 'PASSWORD' | 'SENTINEL_PASSWORD' | 'KEYS',
  io: Io,
): Promise<string | undefined> {
  const variable = `${storeVariable}_${name}`
  const { [variable]: value = '', [`${variable}_FILE`]: file = '' } = io.env
  if (value !== '' && file !== '')
    throw new UsageError(`${variable} and ${variable}_FILE are both set.`, 'Unset one of them.')
  if (value !== '') return value
  if (file === '') return undefined
  const bytes = await readInput(file, io, { flag: `${variable}_FILE`, hint: 'Set it to the path of a file.' })
  // Editors and `echo` end a file with a line break that is not part of what it holds.
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, '')
}

/** The keys that seal what is stored: separated by commas or white space, the first seals. */
async function readKeys(io: Io): Promise<string[]> {
  const variable = `${storeVariable}_KEYS`
  const text = await readSecret('KEYS', io)
  const keys = text?.split(/[\s,]+/).filter((key) => key !== '') ?? []
  if (keys.length > 0 && keys.every((key) => Buffer.from(key, 'base64').length === 32)) return keys
  throw new UsageError(
    keys.length === 0
      ? `${variable} is not set: tokens are sealed before they leave this process.`
      : `A key of ${variable} is not 32 bytes in Base64.`,
    `Make one with: openssl rand -base64 32. Every process that shares the store needs the same; ${variable}_FILE names a file with it.`,
  )
}

/** What is needed of a client, a cluster and a Sentinel client. */
interface Connection {
  on(event: 'error' | 'ready' | 'connect' | 'node-ready', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  destroy(): unknown
}

interface ConnectionOptions {
  password: string | undefined
  sentinelPassword: string | undefined
  /** How long to wait before the next attempt, milliseconds; `false` not to try again. */
  reconnect(retries: number): number | false
}

async function createConnection(
  { kind, nodes, tls, user, database, master = '' }: StoreAddress,
  { password, sentinelPassword, reconnect }: ConnectionOptions,
): Promise<Connection> {
  const { createClient, createCluster, createSentinel } = await import('@redis/client')
  const socket = {
    connectTimeout: connectMs,
    reconnectStrategy: reconnect,
    ...(tls && { tls: true as const }),
  }
  const shared = {
    // The source has a limit of its own for each operation, and a command that waits may be sent minutes late.
    disableOfflineQueue: true,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
  }
  const client = (() => {
    if (kind === 'cluster') {
      return createCluster({
        rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port } })),
        defaults: { ...shared, socket },
      })
    }
    if (kind === 'sentinel') {
      return createSentinel({
        name: master,
        sentinelRootNodes: [...nodes],
        passthroughClientErrorEvents: true,
        nodeClientOptions: { ...shared, database, socket },
        sentinelClientOptions: {
          socket,
          ...(sentinelPassword !== undefined && { password: sentinelPassword }),
        },
      })
    }
    const [node] = nodes
    return createClient({ ...shared, database, socket: { ...socket, ...node } })
  })()
  return client as unknown as Connection
}

/** A store that is opened by the first provider that exchanges tokens; others and emulators need none. */
export interface SharedStore {
  /** Opens the store; `undefined` when neither the flag nor the variable names one. */
  open(): Promise<OpenTokenStore | undefined>
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
    if (notice.event === 'store.unreachable') talk(toSentence(notice.code))
  })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

function toSentence(code: string): string {
  if (code === 'WRONGPASS' || code === 'NOAUTH')
    return `The token store refuses the password (${code}): the token is not shared. Set ${storeVariable}_PASSWORD.`
  if (code === 'TIMEOUT') return 'The token store does not answer: the token is not shared.'
  return `The token store cannot be reached (${code}): the token is not shared.`
}
