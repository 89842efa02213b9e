import { createRedisTokenStore, createReplayStore } from '@countersign/core/redis'
import { CompactEncrypt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { createModel } from './model.ts'

const key = (fill: number) => new Uint8Array(32).fill(fill)
const record = {
  value: 'canary-access-token',
  scheme: 'Bearer',
  issuedAt: 1,
  expiresAt: 300_000,
  refreshToken: 'canary-refresh-token',
  tenant: 'kept as it is',
}
const lives = { ttlMs: 900_000, lifeMs: 300_000 }

type Store = ReturnType<typeof createRedisTokenStore>

async function publish(store: Store, name: string, owner: string, value = record) {
  const claim = await store.claim(name, { owner, leaseMs: 10_000 })
  if (claim.outcome !== 'claimed') throw new Error(`${owner}: ${claim.outcome}`)
  return store.publish(name, { owner, version: claim.version }, value, lives)
}

describe('a stored record', () => {
  test('comes back with every member', async () => {
    const { run } = createModel()
    const store = createRedisTokenStore({ client: run, encryptionKey: key(1) })
    await publish(store, 'name', 'one')
    expect(await store.get('name')).toMatchObject(record)
  })

  test('is sealed before the client sees it, whole and padded', async () => {
    const { run, trace } = createModel()
    const store = createRedisTokenStore({ client: run, encryptionKey: key(1) })
    await publish(store, 'name', 'one')
    await publish(store, 'name', 'two').catch(() => undefined)
    expect(JSON.stringify(trace)).not.toMatch(/canary|Bearer|kept as it is/)
    const other = createModel()
    const shorter = createRedisTokenStore({ client: other.run, encryptionKey: key(1) })
    await publish(shorter, 'name', 'one', { ...record, refreshToken: 'r' })
    expect(other.state.token?.record).toHaveLength(createLength(trace))
  })

  const damage: Record<string, (sealed: string) => string | Promise<string>> = {
    'with a changed byte': (sealed) =>
      `${sealed.slice(0, -10)}${sealed.at(-10) === 'A' ? 'B' : 'A'}${sealed.slice(-9)}`,
    truncated: (sealed) => sealed.slice(0, sealed.length / 2),
    empty: () => '',
    'that is not a JWE': () => JSON.stringify(record),
    'with another header': (sealed) => [btoa('{"alg":"none"}'), ...sealed.split('.').slice(1)].join('.'),
    'of a future version': (sealed) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(record)))
        .setProtectedHeader({ ...(decodeProtectedHeader(sealed) as { alg: string; enc: string }), v: 2 })
        .encrypt(key(1)),
    'by a foreign key that takes the name of ours': (sealed) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(record)))
        .setProtectedHeader(decodeProtectedHeader(sealed) as { alg: string; enc: string })
        .encrypt(key(9)),
    'that holds no record': (sealed) =>
      new CompactEncrypt(new TextEncoder().encode('null'))
        .setProtectedHeader(decodeProtectedHeader(sealed) as { alg: string; enc: string })
        .encrypt(key(1)),
  }
  test.each(Object.entries(damage))('%s is a miss and is replaced', async (_, harm) => {
    const { run, state } = createModel()
    const store = createRedisTokenStore({ client: run, encryptionKey: key(1) })
    await publish(store, 'name', 'one')
    if (state.token) state.token.record = await harm(state.token.record)
    expect(await store.get('name')).toBeUndefined()
    const claim = await store.claim('name', { owner: 'two', leaseMs: 10_000 })
    expect(claim).toEqual({ outcome: 'claimed', version: { epoch: expect.any(String), generation: 1 } })
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
    await store.publish('name', { owner: 'two', version: claim.version }, { ...record, value: 'next' }, lives)
    expect(await store.claim('name', { owner: 'three', leaseMs: 10_000 })).toMatchObject({
      outcome: 'record',
      record: { value: 'next', generation: 2 },
    })
  })

  test.each([
    ['name', (copy: { epoch: string; generation: number }) => copy, 'another name'],
    ['generation', (copy: { epoch: string; generation: number }) => ({ ...copy, generation: 2 }), 'name'],
    ['epoch', (copy: { epoch: string; generation: number }) => ({ ...copy, epoch: 'another' }), 'name'],
  ])('that is moved to another %s is refused', async (_, move, name) => {
    const { run, state } = createModel()
    const store = createRedisTokenStore({ client: run, encryptionKey: key(1) })
    await publish(store, 'name', 'one')
    expect(await store.get('name')).toMatchObject({ value: record.value })
    if (state.token) state.token = { ...state.token, ...move(state.token) }
    expect(await store.get(name)).toBeUndefined()
    expect(await store.claim(name, { owner: 'two', leaseMs: 10_000 })).not.toHaveProperty('record')
  })

  test('is read by every process while the key is replaced in three steps', async () => {
    const { run } = createModel()
    const [before, after] = [key(1), key(2)]
    const steps = [[before], [before, after], [after, before], [after]]
    for (const [index, mine] of steps.entries()) {
      // A rolling deployment: the neighbours of a step run beside it.
      for (const other of steps.slice(Math.max(0, index - 1), index + 2)) {
        const [writer, reader] = [mine, other].map((encryptionKeys) =>
          createRedisTokenStore({ client: run, encryptionKeys }),
        ) as [Store, Store]
        await writer.fail('name', { owner: 'x', version: { epoch: 'x', generation: 0 } })
        const claim = await writer.claim('name', {
          owner: `w${index}`,
          leaseMs: 1,
          known: await version(writer),
        })
        if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
        const published = await writer.publish(
          'name',
          { owner: `w${index}`, version: claim.version },
          record,
          lives,
        )
        expect(published.accepted).toBe(true)
        expect(await reader.get('name')).toMatchObject(record)
      }
    }
  })

  test('of a removed key is a miss', async () => {
    const { run } = createModel()
    await publish(createRedisTokenStore({ client: run, encryptionKey: key(1) }), 'name', 'one')
    expect(await createRedisTokenStore({ client: run, encryptionKey: key(2) }).get('name')).toBeUndefined()
  })
})

async function version(store: Store) {
  const { epoch = '', generation = 0 } = (await store.get('name')) ?? {}
  return { epoch, generation }
}

function createLength(trace: ReturnType<typeof createModel>['trace']): number {
  const calls = trace.flatMap((entry) => ('args' in entry ? entry.args : []))
  return Math.max(...calls.map(({ length }) => length))
}

describe('a stored refusal', () => {
  const refusal = { code: 'TOKEN_REQUEST_REJECTED', problem: 'canary-problem' }
  async function refuse() {
    const model = createModel()
    const store = createRedisTokenStore({ client: model.run, encryptionKey: key(1) })
    const claim = await store.claim('name', { owner: 'one', leaseMs: 10_000 })
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
    await store.fail('name', { owner: 'one', version: claim.version }, { refusal, refusalMs: 5_000 })
    return { ...model, store }
  }

  test('is sealed', async () => {
    const { trace, store } = await refuse()
    expect(JSON.stringify(trace)).not.toContain('canary')
    expect(await store.claim('name', { owner: 'two', leaseMs: 1 })).toMatchObject({
      outcome: 'refused',
      refusal,
    })
  })

  test('that cannot be opened keeps nobody out', async () => {
    const { run } = await refuse()
    const foreign = createRedisTokenStore({ client: run, encryptionKey: key(2) })
    expect(await foreign.claim('name', { owner: 'two', leaseMs: 1 })).toMatchObject({ outcome: 'claimed' })
  })

  test('that is moved to another name keeps nobody out', async () => {
    const { state, store } = await refuse()
    expect(state.lease).toHaveProperty('refusal')
    expect(await store.claim('other', { owner: 'two', leaseMs: 1 })).toMatchObject({ outcome: 'claimed' })
  })
})

describe('options', () => {
  const client = createModel().run
  const encryptionKey = key(1)
  test.each([
    [{ client }, /`encryptionKeys` is missing/],
    [{ client, encryptionKeys: [] }, /`encryptionKeys` is missing/],
    [{ client, encryptionKey: btoa('short') }, /`encryptionKey` must be 32 bytes/],
    [{ client, encryptionKeys: [encryptionKey, 'not base64!'] }, /`encryptionKeys\[1\]` must be 32 bytes/],
    [{ client, encryptionKey, encryptionKeys: [encryptionKey] }, /exclude each other/],
    [{ client, encryptionKey, prefix: 'a{b}' }, /`prefix` must be a string without braces/],
    [{ client: {}, encryptionKey }, /`client` is not a Redis client/],
    [{ encryptionKey }, /`client` is not a Redis client/],
    [{ client, encryptionKey, subscriber: {} }, /`subscriber` is not a connection/],
    [{ client, key: encryptionKey }, /Unknown option `key`/],
  ])('%# are refused with what is wrong', (options, problem) => {
    const create = () =>
      createRedisTokenStore(options as unknown as Parameters<typeof createRedisTokenStore>[0])
    expect(create).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(problem) }),
    )
  })

  test('a key is not named in the error about it', () => {
    const create = () => createRedisTokenStore({ client, encryptionKey: 'canary' })
    expect(create).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }))
  })

  test('the key of the caller may change afterwards', async () => {
    const bytes = key(1)
    const { run } = createModel()
    const store = createRedisTokenStore({ client: run, encryptionKey: bytes })
    bytes.fill(0)
    await publish(store, 'name', 'one')
    expect(await createRedisTokenStore({ client: run, encryptionKey: key(1) }).get('name')).toMatchObject(
      record,
    )
  })

  test.each([
    [{ client, rememberSeconds: 0 }, /`rememberSeconds` must be a positive/],
    [{ client, leaseSeconds: Number.NaN }, /`leaseSeconds` must be a positive/],
    [{ client: undefined }, /`client` is not a Redis client/],
  ])('%# of a replay store are refused with what is wrong', (options, problem) => {
    const create = () => createReplayStore(options as Parameters<typeof createReplayStore>[0])
    expect(create).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(problem) }),
    )
  })

  test.each([undefined, null])('options that are %s are refused with what is missing', (options) => {
    const refused = expect.objectContaining({
      code: 'CONFIG_INVALID',
      problem: '`client` is not a Redis client.',
    })
    expect(() => createRedisTokenStore(options as never)).toThrow(refused)
    expect(() => createReplayStore(options as never)).toThrow(refused)
  })

  test('every unknown option is named, with those that there are', () => {
    const options = { client, encryption_key: 'a', prefixes: 'b' } as never
    expect(() => createRedisTokenStore(options)).toThrow(
      expect.objectContaining({
        problem: 'Unknown option `encryption_key`: it is spelt `encryptionKey`. Unknown option `prefixes`.',
        hint: 'Options: client, encryptionKeys, encryptionKey, prefix, subscriber.',
      }),
    )
    expect(() => createReplayStore(options)).toThrow(
      expect.objectContaining({ hint: 'Options: client, prefix, rememberSeconds, leaseSeconds.' }),
    )
  })

  test('an id that is not a string is a programming error', async () => {
    await expect(createReplayStore({ client }).once('', () => undefined)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})
