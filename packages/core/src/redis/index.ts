export type {
  GlideClient,
  IoRedisClient,
  IoRedisSubscriber,
  NodeRedisClient,
  NodeRedisSubscriber,
  RedisClient,
  RedisEval,
  RedisSubscribe,
  RedisSubscriber,
} from './client.ts'
export { createRedisTokenStore, type RedisTokenStoreOptions } from './redis-token-store.ts'
export {
  createReplayStore,
  type ReplayOutcome,
  type ReplayStore,
  type ReplayStoreOptions,
} from './replay-store.ts'
