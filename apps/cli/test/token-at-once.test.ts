import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch } from './run-command.ts'
import { valueFiles } from './token-files.ts'

const bin = new URL('../src/bin.ts', import.meta.url).pathname
const { privateKey, publicKey } = fixedKeys.rsa2048

/** A Speeda whose token calls wait until they are let through, and the command as processes of their own. */
async function slowSpeeda(cache: string) {
  const emulator = createSpeedaEmulator()
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  let calls = 0
  let second = () => {}
  const server = await serveEmulator({
    async fetch(...given) {
      calls += 1
      asked.resolve()
      if (calls > 1) second()
      await gate.promise
      return emulator.fetch(...given)
    },
  })
  const { clientId, keyId } = await emulator.register(publicKey)
  const argv = ['token', 'speeda', '--client-id', clientId, '--key-id', keyId, '--base-url', server.url]
  const { PATH = '' } = process.env
  const env = { PATH, XDG_CACHE_HOME: cache, COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey }
  return {
    asked: asked.promise,
    open: gate.resolve,
    calls: () => calls,
    onSecondCall: (listener: () => void) => {
      second = listener
    },
    start: (...more: string[]) =>
      spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv, ...more], { env }),
    [Symbol.asyncDispose]: server.close,
  }
}

async function outcome({ stdout, stderr }: ChildProcess) {
  if (stdout === null || stderr === null) throw new Error('no pipes')
  const [out, talk] = await Promise.all([text(stdout), text(stderr)])
  return { stdout: out, talk }
}

test('two commands at once make one exchange', async () => {
  await using scratch = await createScratch()
  await using speeda = await slowSpeeda(scratch.path)
  const children = [speeda.start('--verbose'), speeda.start('--verbose')]
  const waits = children.map(
    ({ stderr }) =>
      new Promise<void>((resolve) => {
        stderr.on('data', (data) => {
          if (String(data).includes('token.waiting')) resolve()
        })
      }),
  )
  const ended = children.map(outcome)
  await speeda.asked
  await Promise.race([...waits, new Promise<void>((resolve) => speeda.onSecondCall(resolve))])
  speeda.open()
  const [one, other] = await Promise.all(ended)
  expect(speeda.calls()).toBe(1)
  expect([one?.stdout, other?.stdout]).toEqual(['speeda-access-token-1\n', 'speeda-access-token-1\n'])
  expect(`${one?.talk}${other?.talk}`.match(/token\.(?:acquired|waiting)/g)?.sort()).toEqual([
    'token.acquired',
    'token.waiting',
  ])
  const directory = join(scratch.path, 'countersign')
  expect(await readdir(directory)).toHaveLength((await valueFiles(directory)).length)
})

test('nobody waits for a killed command', async () => {
  await using scratch = await createScratch()
  await using speeda = await slowSpeeda(scratch.path)
  const killed = speeda.start()
  await speeda.asked
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  speeda.open()
  const { stdout, talk } = await outcome(speeda.start('--verbose'))
  expect(stdout).toMatch(/^speeda-access-token-\d\n$/)
  expect(talk).not.toContain('token.waiting')
})
