import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CoordinatedTokenStore, TokenRecord } from '@countersign/core'
import type { Claim, TokenVersion } from '@countersign/core/provider'
import { createFixedClock, describeCoordinatedStore } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createDiskTokenStore } from '../src/token-cache/disk-token-store.ts'
import { createTokenSeal } from '../src/token-cache/token-seal.ts'
import { createScratch } from './run-command.ts'
import { newestFile, valueFiles } from './token-files.ts'

const secret = new TextEncoder().encode('a secret of a credential')
const key = 'a'.repeat(64)
const hourMs = 3_600_000
const lives = { ttlMs: 31 * 24 * hourMs, lifeMs: hourMs }

const withoutLinks = () => {
  throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
}

describe.each([
  ['with hard links', undefined],
  ['without hard links', withoutLinks],
])('the contract of stores, %s', (_name, linkFile) => {
  describeCoordinatedStore({
    async create() {
      const scratch = await createScratch()
      const clock = createFixedClock()
      const open = () => createDiskTokenStore({ directory: scratch.path, secret, now: clock.now, linkFile })
      const dispose = async () => scratch[Symbol.asyncDispose]()
      return { open, advance: clock.advance, [Symbol.asyncDispose]: dispose }
    },
  })
})

/** Two processes on one folder. */
async function createFixture() {
  const scratch = await createScratch()
  const clock = createFixedClock()
  const open = (offsetMs = 0) =>
    createDiskTokenStore({ directory: scratch.path, secret, now: () => clock.now() + offsetMs })
  const [one, two] = [open(), open()]
  const claim = (store: CoordinatedTokenStore, owner: string, known?: TokenVersion) =>
    store.claim(key, { owner, leaseMs: 10_000, known })
  const recordOf = (value: string): TokenRecord => ({
    value,
    scheme: 'Bearer',
    issuedAt: clock.now(),
    expiresAt: clock.now() + hourMs,
    refreshToken: `refresh-of-${value}`,
  })
  return {
    path: scratch.path,
    clock,
    open,
    one,
    two,
    claim,
    recordOf,
    async publish(store: CoordinatedTokenStore, owner: string, value: string, known?: TokenVersion) {
      const { version } = claimed(await claim(store, owner, known))
      const published = await store.publish(key, { owner, version }, recordOf(value), lives)
      if (!published.accepted) throw new Error('The publication was refused.')
      return published.version
    },
    /** Changes what the newest file holds and seals it again. */
    async reseal(change: (stored: Record<string, Record<string, unknown>>) => unknown) {
      const path = await newestFile(scratch.path)
      const seal = createTokenSeal(secret)
      const stored = JSON.parse(seal.open((await readFile(path, 'utf8')).trimEnd()))
      change(stored)
      await writeFile(path, `${seal.close(JSON.stringify(stored))}\n`)
    },
    [Symbol.asyncDispose]: async () => scratch[Symbol.asyncDispose](),
  }
}

function claimed(claim: Claim): Extract<Claim, { outcome: 'claimed' }> {
  if (claim.outcome !== 'claimed') throw new Error(`The claim was not granted but ${claim.outcome}.`)
  return claim
}

type Damage = (path: string, folder: string) => Promise<unknown>

const damages: [string, Damage][] = [
  ['truncated', async (path) => writeFile(path, `${(await readFile(path, 'utf8')).slice(0, -40)}\n`)],
  ['empty', (path) => writeFile(path, '')],
  [
    'changed in one character',
    async (path) => {
      const text = await readFile(path, 'utf8')
      const at = Math.floor(text.length / 2)
      await writeFile(path, `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`)
    },
  ],
  [
    'sealed with another credential',
    async (path) => {
      const own = (await readFile(path, 'utf8')).trimEnd()
      const other = createTokenSeal(new TextEncoder().encode('another'))
      await writeFile(path, `${other.close(createTokenSeal(secret).open(own))}\n`)
    },
  ],
  [
    'an earlier one under a later number',
    async (_path, folder) => {
      const [first = ''] = await valueFiles(folder)
      await copyFile(first, join(folder, `${key}.9.jwe`))
    },
  ],
  [
    'that of another token',
    async (path, folder) => {
      const { now } = createFixedClock()
      const store = createDiskTokenStore({ directory: folder, secret, now })
      const other = 'b'.repeat(64)
      const record = { value: 'of-b', scheme: 'Bearer', issuedAt: now(), expiresAt: now() + hourMs }
      const number = Number(path.split('.').at(-2))
      for (let count = 0; count < number; count++) await store.set(other, record, { ttlMs: hourMs })
      await copyFile(join(folder, `${other}.${number}.jwe`), path)
    },
  ],
]

test.each(damages)(
  'a file that is %s is missing: nothing from before is presented',
  async (_name, damage) => {
    await using fixture = await createFixture()
    const { one, two, claim, publish, path } = fixture
    const version = await publish(one, 'again', 'second', await publish(one, 'one', 'first'))
    await damage(await newestFile(path), path)
    expect(await two.get(key)).toBeUndefined()
    const granted = claimed(await claim(two, 'two'))
    expect(granted.record).toBeUndefined()
    expect(granted.version).toMatchObject({ generation: 0 })
    expect(granted.version.epoch).not.toBe(version.epoch)
    const published = await two.publish(
      key,
      { owner: 'two', version: granted.version },
      fixture.recordOf('new'),
      lives,
    )
    expect(published).toMatchObject({ accepted: true })
    expect(await one.get(key)).toMatchObject({ value: 'new' })
  },
)

test('a record that was set back to before its intent is not presented by a process that knows a later one', async () => {
  await using fixture = await createFixture()
  const { one, claim, publish, path } = fixture
  const first = await publish(one, 'one', 'first')
  const kept = await readFile(await newestFile(path), 'utf8')
  const number = Number((await newestFile(path)).split('.').at(-2))
  const second = await publish(one, 'one-again', 'second', first)
  for (const file of await valueFiles(path)) await rm(file)
  await writeFile(join(path, `${key}.${number}.jwe`), kept)
  const granted = claimed(await claim(one, 'two', second))
  expect(granted.record).toBeUndefined()
})

test('what is deleted is gone from the disk, for a command that signs out', async () => {
  await using fixture = await createFixture()
  const { one, publish, path } = fixture
  await publish(one, 'one', 'first')
  await one.delete(key)
  const [file = '', ...more] = await readdir(path)
  expect(more).toEqual([])
  const text = createTokenSeal(secret).open((await readFile(join(path, file), 'utf8')).trimEnd())
  expect(JSON.parse(text)).toEqual({ key, number: expect.any(Number), holder: expect.anything() })
})

test.each<[string, Record<string, unknown>, Claim['outcome']]>([
  [
    'of a process with our ID that began at another time, as in a restarted container',
    { started: '1' },
    'claimed',
  ],
  ['of a process that does not exist', { pid: 2 ** 30 }, 'claimed'],
  ['of another computer, of which nothing is known', { host: 'elsewhere', pid: 2 ** 30 }, 'held'],
  ['of a process that runs', {}, 'held'],
])('a lease %s', async (_name, holder, outcome) => {
  await using fixture = await createFixture()
  const { one, two, claim, reseal } = fixture
  claimed(await claim(one, 'one'))
  await reseal((stored) => Object.assign(stored['holder'] ?? {}, holder))
  expect(await claim(two, 'two')).toMatchObject({ outcome })
})

test('a clock that is set back ends leases, refusals and lives at most, and keeps the refresh token', async () => {
  await using fixture = await createFixture()
  const { one, two, clock, claim, publish } = fixture
  const version = await publish(one, 'one', 'first')
  claimed(await claim(one, 'one', version))
  clock.advance(-hourMs)
  const granted = claimed(await claim(two, 'two'))
  expect(granted).toMatchObject({ version, record: { refreshToken: 'refresh-of-first' } })
  const refusal = { code: 'TOKEN_REQUEST_REJECTED', problem: 'Refused.' }
  await two.fail(key, { owner: 'two', version }, { refusal, refusalMs: 5_000 })
  clock.advance(-hourMs)
  claimed(await claim(one, 'three'))
})

test('with clocks 60 s apart no refresh token is claimed twice without its intent', async () => {
  await using fixture = await createFixture()
  const { open, claim, recordOf } = fixture
  const stores = [open(-60_000), open(0), open(60_000)]
  const presented: string[] = []
  let known: TokenVersion | undefined
  for (let round = 0; round < 30; round++) {
    const store = stores[(round * 7) % 3] as CoordinatedTokenStore
    const owner = `owner-${round}`
    const answer = await claim(store, owner, round % 2 === 0 ? known : undefined)
    if (answer.outcome === 'held') continue
    if (answer.outcome !== 'claimed') {
      known = answer.outcome === 'record' ? answer.version : known
      continue
    }
    const { version, record } = answer
    if (
      record?.refreshToken !== undefined &&
      record.spending !== true &&
      (await store.spend(key, { owner, version }))
    )
      presented.push(record.refreshToken)
    // Every third process dies after its intent.
    if (round % 3 === 2) continue
    const published = await store.publish(key, { owner, version }, recordOf(`token-${round}`), lives)
    known = published.accepted ? published.version : known
  }
  expect(presented.length).toBeGreaterThan(3)
  expect(new Set(presented).size).toBe(presented.length)
})

test('a repeated spend is its own for the same owner, and refused for the next', async () => {
  await using fixture = await createFixture()
  const { one, two, clock, claim, publish } = fixture
  const version = await publish(one, 'one', 'first')
  claimed(await claim(one, 'one-again', version))
  const lease = { owner: 'one-again', version }
  expect([await one.spend(key, lease), await one.spend(key, lease)]).toEqual([true, true])
  clock.advance(10_001)
  expect(claimed(await claim(two, 'two', version)).record?.spending).toBe(true)
  expect(await two.spend(key, { owner: 'two', version })).toBe(false)
})
