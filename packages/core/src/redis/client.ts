import { ConfigError } from '../errors/config-error.ts'

/** Runs a script: the one thing that a store needs of Redis. */
export type RedisEval = (script: string, keys: readonly string[], args: readonly string[]) => Promise<unknown>

/** A client, pool, cluster or Sentinel client of npm's `redis`, 5 or 6. */
export interface NodeRedisClient {
  sendCommand: unknown
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** A client or cluster of `ioredis` or `iovalkey`. */
export interface IoRedisClient {
  defineCommand: unknown
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A client or cluster client of `@valkey/valkey-glide`. */
export interface GlideClient {
  customCommand(parts: string[]): Promise<unknown>
}

/** A connected client, or one that is connecting; or a function that runs a script. */
export type RedisClient = NodeRedisClient | IoRedisClient | GlideClient | RedisEval

/** How each client library runs a script, recognised by a function that only it has. */
export function toRedisEval(client: RedisClient): RedisEval {
  if (typeof client === 'function') return client
  if (has(client, 'customCommand')) {
    return (script, keys, args) =>
      (client as GlideClient).customCommand(['EVAL', script, String(keys.length), ...keys, ...args])
  }
  if (has(client, 'defineCommand') && has(client, 'eval'))
    return (script, keys, args) => (client as IoRedisClient).eval(script, keys.length, ...keys, ...args)
  if (has(client, 'sendCommand') && has(client, 'eval')) {
    return (script, keys, args) =>
      (client as NodeRedisClient).eval(script, { keys: [...keys], arguments: [...args] })
  }
  throw new ConfigError('`client` is not a Redis client.', {
    hint: 'Pass a client of redis, ioredis, iovalkey or @valkey/valkey-glide, or a function `(script, keys, args) => Promise<unknown>` that runs EVAL.',
  })
}

/** Calls `listener` for each message on a channel. Resolves with the function that ends it. */
export type RedisSubscribe = (channel: string, listener: () => void) => Promise<() => unknown>

/** A connection of npm's `redis` that is kept for subscriptions: `client.duplicate()`. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: () => void): Promise<unknown>
  unsubscribe(channel: string, listener: () => void): Promise<unknown>
}

/** A connection of `ioredis` or `iovalkey` that is kept for subscriptions: `client.duplicate()`. */
export interface IoRedisSubscriber {
  defineCommand: unknown
  on(event: 'message', listener: (channel: string) => void): unknown
  off(event: 'message', listener: (channel: string) => void): unknown
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
}

/** A connection that is kept for subscriptions, or a function that subscribes. */
export type RedisSubscriber = NodeRedisSubscriber | IoRedisSubscriber | RedisSubscribe

/** How each client library subscribes. */
export function toRedisSubscribe(subscriber: RedisSubscriber): RedisSubscribe {
  if (typeof subscriber === 'function') return subscriber
  if (!has(subscriber, 'subscribe') || !has(subscriber, 'unsubscribe')) {
    throw new ConfigError('`subscriber` is not a connection that can subscribe.', {
      hint: 'Pass `client.duplicate()` of redis, ioredis or iovalkey, connected, or a function `(channel, listener) => Promise<() => unknown>`.',
    })
  }
  if (has(subscriber, 'defineCommand')) return ioRedisSubscribe(subscriber as IoRedisSubscriber)
  const connection = subscriber as NodeRedisSubscriber
  return async (channel, listener) => {
    const heard = () => listener()
    await connection.subscribe(channel, heard)
    return () => connection.unsubscribe(channel, heard)
  }
}

/** ioredis has one event for all channels; a channel is left with its last listener. */
function ioRedisSubscribe(connection: IoRedisSubscriber): RedisSubscribe {
  const listeners = new Map<string, Set<() => void>>()
  const hear = (channel: string) => {
    for (const listener of listeners.get(channel) ?? []) listener()
  }
  return async (channel, listener) => {
    const heard = () => listener()
    if (listeners.size === 0) connection.on('message', hear)
    listeners.set(channel, (listeners.get(channel) ?? new Set()).add(heard))
    /** Whether nobody else listens to the channel. */
    const leave = () => {
      const others = listeners.get(channel)
      if (!others?.delete(heard) || others.size > 0) return false
      listeners.delete(channel)
      if (listeners.size === 0) connection.off('message', hear)
      return true
    }
    try {
      await connection.subscribe(channel)
    } catch (error) {
      leave()
      throw error
    }
    return async () => {
      if (leave()) await connection.unsubscribe(channel)
    }
  }
}

function has(value: unknown, name: string): boolean {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as Record<string, unknown>)[name] === 'function'
  )
}
