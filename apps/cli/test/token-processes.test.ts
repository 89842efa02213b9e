import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch } from './run-command.ts'

const command = new URL('clocked-command.ts', import.meta.url).pathname
const tokenLifeMs = 3_600_000
const leaseMs = 10_000

/** PaymentsGate, whose refresh tokens work once, and commands of one user as processes of their own. */
async function createFixture() {
  const scratch = await createScratch()
  const clockFile = await scratch.file('clock', '0')
  let aheadMs = 0
  const emulator = createPaymentsGateEmulator({ clock: () => Date.now() + aheadMs })
  let held: { asked: PromiseWithResolvers<void>; release: PromiseWithResolvers<void> } | undefined
  const server = await serveEmulator({
    async fetch(...given) {
      const holding = held
      held = undefined
      const response = await emulator.fetch(...given)
      holding?.asked.resolve()
      await holding?.release.promise
      return response
    },
  })
  const { accountId, publicKey } = await emulator.register()
  const { PATH = '' } = process.env
  return {
    /** Starts `token`; `died` waits for its end by SIGKILL. */
    start(more: readonly string[] = [], dieAt = '') {
      const argv = ['token', 'paymentsgate', '--verbose', '--account-id', accountId, '--base-url', server.url]
      const child = spawn(process.execPath, ['--conditions=@countersign/source', command, ...argv, ...more], {
        env: {
          PATH,
          XDG_CACHE_HOME: scratch.path,
          XDG_CONFIG_HOME: scratch.path,
          COUNTERSIGN_PAYMENTSGATE_PUBLIC_KEY: publicKey,
          CLOCK_FILE: clockFile,
          DIE_AT: dieAt,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const waits = new Promise<void>((resolve) => {
        child.stderr.on('data', (data) => {
          if (String(data).includes('token.waiting')) resolve()
        })
      })
      const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
      const outcome = async () => {
        const [stdout, talk, [exitCode, signal]] = await ended
        return { token: stdout.trim(), talk, exitCode: exitCode ?? signal }
      }
      return { child, waits, outcome }
    },
    /** Moves the clock of every process and of the provider. */
    async advance(milliseconds: number) {
      aheadMs += milliseconds
      await writeFile(clockFile, String(aheadMs))
    },
    /** Keeps back the answer of the next call. */
    hold() {
      held = { asked: Promise.withResolvers(), release: Promise.withResolvers() }
      return { asked: held.asked.promise, release: held.release.resolve }
    },
    calls: () => emulator.journal.map(({ endpoint }) => endpoint),
    /** What the provider refused; a refresh token that is presented again is. */
    refused: () => emulator.journal.filter(({ rule }) => rule !== undefined),
    async [Symbol.asyncDispose]() {
      await server.close()
      await scratch[Symbol.asyncDispose]()
    },
  }
}

test('commands that start at once issue one token, and then refresh it once in each life', async () => {
  await using fixture = await createFixture()
  const { start, advance, calls, refused } = fixture
  const expected = ['token', 'refresh', 'refresh']
  for (const life of [1, 2, 3]) {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => start().outcome()))
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0])
    expect(new Set(outcomes.map(({ token }) => token)).size).toBe(1)
    expect(calls()).toEqual(expected.slice(0, life))
    await advance(tokenLifeMs)
  }
  expect(refused()).toEqual([])
})

test.each([
  ['before its first exchange', false, 'before', ['token']],
  ['after its first exchange, before it stores the token', false, 'after', ['token', 'token']],
  ['after its note that the refresh token is spent', true, 'before', ['token', 'token']],
  ['after it has refreshed, before it stores the token', true, 'after', ['token', 'refresh', 'token']],
] as const)(
  'nobody waits for a command that is killed %s, and no refresh token is presented twice',
  async (...row) => {
    const [, hasToken, dieAt, expected] = row
    await using fixture = await createFixture()
    const { start, advance, calls, refused } = fixture
    if (hasToken) {
      await start().outcome()
      await advance(tokenLifeMs)
    }
    expect((await start([], dieAt).outcome()).exitCode).toBe('SIGKILL')
    const next = await start().outcome()
    expect(next).toMatchObject({ exitCode: 0, talk: expect.not.stringContaining('token.waiting') })
    expect(calls()).toEqual(expected)
    expect((await start().outcome()).token).toBe(next.token)
    await advance(tokenLifeMs)
    expect((await start().outcome()).exitCode).toBe(0)
    expect(calls()).toEqual([...expected, 'refresh'])
    expect(refused()).toEqual([])
  },
)

test('a command that is suspended for longer than its lease publishes nothing, and prints the token of the other', async () => {
  await using fixture = await createFixture()
  const { start, advance, hold, calls, refused } = fixture
  await start().outcome()
  await advance(tokenLifeMs)
  const { asked, release } = hold()
  const suspended = start()
  await asked
  suspended.child.kill('SIGSTOP')
  await advance(leaseMs + 1)
  const winner = await start().outcome()
  expect(winner.exitCode).toBe(0)
  release()
  suspended.child.kill('SIGCONT')
  expect(await suspended.outcome()).toMatchObject({ exitCode: 0, token: winner.token })
  expect(calls()).toEqual(['token', 'refresh', 'token'])
  expect((await start().outcome()).token).toBe(winner.token)
  expect(calls()).toHaveLength(3)
  expect(refused()).toEqual([])
})

test.each([
  ['--force', ['--force'], 3],
  ['--min-ttl', ['--min-ttl', '2h'], 2],
])('two commands with %s at once', async (flag, argv, tokens) => {
  await using fixture = await createFixture()
  const { start, hold, calls, refused } = fixture
  const first = await start().outcome()
  const { asked, release } = hold()
  const children = [start(argv), start(argv)]
  await asked
  await Promise.race(children.map(({ waits }) => waits))
  release()
  const outcomes = await Promise.all(children.map(({ outcome }) => outcome()))
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  // --force exchanges in each; what --min-ttl finds just renewed is as new as it gets.
  expect(new Set([first, ...outcomes].map(({ token }) => token)).size, flag).toBe(tokens)
  expect(calls()).toEqual(['token', 'refresh', 'refresh'].slice(0, tokens))
  const last = await start().outcome()
  expect(outcomes.map(({ token }) => token)).toContain(last.token)
  expect(refused()).toEqual([])
})
