import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { importPublicKey, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { openSigner } from '../src/signer/open-signer.ts'
import { createSigner, signerHead, type TestSigner } from './create-signer.ts'
import { createScratch, runCommand } from './run-command.ts'
import { startProcess } from './run-process.ts'
import { send, withProxy } from './with-proxy.ts'

/** A place that programs connect to: a connection ends with its process, however that ends. */
interface Meeting extends AsyncDisposable {
  /** Text for a program that connects, and so does a program that it starts. */
  join: string
  joinWithChild: string
  sockets: Socket[]
  /** Waits until so many have connected, all in all. */
  until(count: number): Promise<void>
  /** The ends of the connections. */
  ends: Promise<unknown>[]
  /** Waits until all connections have ended. */
  left(): Promise<void>
}

async function createMeeting(): Promise<Meeting> {
  const sockets: Socket[] = []
  const ends: Promise<unknown>[] = []
  const waiting: { count: number; done(): void }[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    sockets.push(socket)
    // A process that is killed resets its connection, which is an end like any other.
    ends.push(new Promise((resolve) => socket.once('close', resolve)))
    for (const each of waiting) if (sockets.length >= each.count) each.done()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const connect = `const { connect } = await import('node:net')
    const socket = connect(${port}, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))\n`
  const child = `import('node:net').then(({ connect }) => connect(${port}, '127.0.0.1'))`
  return {
    join: connect,
    joinWithChild: `${connect}const { spawn } = await import('node:child_process')
      spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' })\n`,
    ends,
    sockets,
    async until(count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ count, done: resolve })
      if (sockets.length >= count) resolve()
      await promise
    },
    async left() {
      await Promise.all(ends)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const argv = (command: string) => ['token', 'cdata', '--account-id', 'example', '--signer-command', command]
const starts = async (signer: TestSigner) => new Set((await signer.log()).map(({ pid }) => pid)).size
const loop = `await answerEach((question) => say(honest(question)))\n`

test('one process answers every question, and its input is closed when the command ends', async () => {
  await using signer = await createSigner()
  await using meeting = await createMeeting()
  const program = `${signerHead}${meeting.join}${loop}log({ ended: true }); socket.destroy()`
  const { exitCode } = await runCommand(argv(await signer.program('program.mjs', program)))
  expect(exitCode).toBe(0)
  await meeting.left()
  expect((await signer.log()).map(({ ask, ended }) => ask ?? ended)).toEqual(['publicKey', 'signature', true])
  expect(await starts(signer)).toBe(1)
})

test('a program that does not end when its input does is ended, with what it started', async () => {
  await using signer = await createSigner()
  await using meeting = await createMeeting()
  const program = `${signerHead}${meeting.joinWithChild}process.on('SIGTERM', () => 0)\n${loop}`
  const path = await signer.program('program.mjs', program)
  expect(await runCommand(argv(path))).toMatchObject({ stderr: '', exitCode: 0 })
  // The child may not have connected before it was ended: then it never will.
  await meeting.left()
})

test('a program that breaks the protocol is ended, with what it started', async () => {
  await using signer = await createSigner()
  await using meeting = await createMeeting()
  const program = `${signerHead}${meeting.joinWithChild}
    await new Promise((resolve) => socket.once('data', resolve))
    process.stdout.write('x'.repeat(100_000))
    await new Promise(() => 0)`
  const path = await signer.program('program.mjs', program)
  const running = runCommand(argv(path), { signerTimeoutMs: 600_000 })
  await meeting.until(2)
  for (const socket of meeting.sockets) socket.write('go')
  expect((await running).stderr).toContain('answered with more than 65536 bytes')
  await meeting.left()
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends the command and the program that it waits for, with what that started',
  async (signal) => {
    await using signer = await createSigner()
    await using meeting = await createMeeting()
    const program = `${signerHead}${meeting.joinWithChild}await new Promise(() => 0)`
    const child = startProcess(argv(await signer.program('program.mjs', program)), {
      XDG_CONFIG_HOME: '/dev/null/none',
    })
    await meeting.until(2)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([null, signal])
    await meeting.left()
  },
)

test('a program that is left alone by SIGKILL finds its input closed', async () => {
  await using signer = await createSigner()
  await using meeting = await createMeeting()
  // It has answered for its key, and is asked for a signature that it does not give.
  const program = `${signerHead}${meeting.join}
    await answerEach((question) => question.ask === 'publicKey' ? say(honest(question)) : socket.write('asked'))
    socket.destroy()`
  const child = startProcess(argv(await signer.program('program.mjs', program)), {
    XDG_CONFIG_HOME: '/dev/null/none',
  })
  await meeting.until(1)
  await once(meeting.sockets[0] as Socket, 'data')
  child.kill('SIGKILL')
  await meeting.left()
})

test('a program may exit after each answer: the next question starts it again', async () => {
  await using signer = await createSigner()
  const program = `${signerHead}await answerEach((question) => { say(honest(question)); process.exit(0) })`
  const path = await signer.program('program.mjs', program)
  expect(await runCommand(argv(path))).toMatchObject({ stderr: '', exitCode: 0 })
  expect(await starts(signer)).toBe(2)
})

test('an answer without a line end counts when the program exits', async () => {
  await using signer = await createSigner()
  const program = `${signerHead}await answerEach((question) => {
    process.stdout.write(JSON.stringify(honest(question)), () => process.exit(0))
  })`
  const path = await signer.program('program.mjs', program)
  expect(await runCommand(argv(path))).toMatchObject({ stderr: '', exitCode: 0 })
})

test('what a program writes unasked ends it, and counts for no question', async () => {
  await using signer = await createSigner()
  const forged = JSON.stringify({ signature: 'AAAA' })
  const program = `${signerHead}await answerEach((question) =>
    say(JSON.stringify(honest(question)) + '\\n' + ${JSON.stringify(forged)}))`
  const path = await signer.program('program.mjs', program)
  expect(await runCommand(argv(path))).toMatchObject({ stderr: '', exitCode: 0 })
  expect(await starts(signer)).toBe(2)
})

test('four programs run at a time, however many signatures are needed', async () => {
  await using signer = await createSigner()
  await using meeting = await createMeeting()
  // Each signature waits until the test has seen four of them.
  const program = `${signerHead}const { connect } = await import('node:net')
    await answerEach(async (question) => {
      if (question.ask === 'signature') {
        ${meeting.join}
        await new Promise((resolve) => socket.once('data', resolve))
        socket.destroy()
      }
      say(honest(question))
    })`.replace(/^const \{ connect \}.*\n/m, '')
  const command = await signer.program('program.mjs', program)
  const io = {
    stdin: (async function* () {})(),
    stdout: { write: () => true },
    stderr: { write: () => true },
    env: {},
  }
  const open = await openSigner({ command, folder: signer.folder }, { algorithm: 'RS256' }, io)
  const data = (index: number) => new TextEncoder().encode(`data ${index}`)
  const signatures = Array.from({ length: 12 }, (_, index) => open.key.sign(data(index)))
  for (const round of [0, 4, 8]) {
    await meeting.until(round + 4)
    for (const socket of meeting.sockets.slice(round, round + 4)) socket.write('go')
  }
  expect(await Promise.all(signatures)).toHaveLength(12)
  expect(await starts(signer)).toBe(4)
  await open.release()
})

test('the proxy keeps its programs, and asks for the public key again when it reads its credentials again', async () => {
  await using signer = await createSigner()
  await using scratch = await createScratch()
  await using provider = await startRecordingServer()
  await using meeting = await createMeeting()
  const path = await signer.program('program.mjs', `${signerHead}${meeting.join}${loop}socket.destroy()`)
  const events: Record<string, unknown>[] = []
  const waiting: ((event: string) => void)[] = []
  const asked = new Set<() => void>()
  const hangUp = async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    waiting.push(resolve)
    for (const listener of asked) listener()
    return promise
  }
  const keyFile = join(signer.folder, 'key.pem')
  await withProxy(
    ['utgl', '--base-url', `${provider.url}/v1`, '--signer-command', path],
    async ({ url, pass }) => {
      const signs = async ({ publicKey }: { publicKey: string }) => {
        await send(`${url}/v1/ping`, { headers: pass })
        const jwt = provider.requests.at(-1)?.header('authorization')?.replace('Bearer ', '') ?? ''
        await verifyJws(jwt, await importPublicKey(publicKey, { algorithm: 'RS256' }), { algorithm: 'RS256' })
      }
      await signs(fixedKeys.rsa2048)
      await signs(fixedKeys.rsa2048)
      expect(await starts(signer)).toBe(1)

      await writeFile(`${keyFile}.new`, fixedKeys.otherRsa2048.privateKey)
      await rename(`${keyFile}.new`, keyFile)
      expect(await hangUp()).toBe('credentials.replaced')
      await signs(fixedKeys.otherRsa2048)
      expect(await starts(signer)).toBe(2)
      // The first program ended when the second took over.
      await meeting.ends[0]

      await writeFile(keyFile, 'nothing')
      expect(await hangUp()).toBe('credentials.kept')
      expect(events.at(-1)).toMatchObject({ code: 'SIGN_FAILED' })
      await signs(fixedKeys.otherRsa2048)
    },
    {
      env: { COUNTERSIGN_UTGL_PRIVATE_KEY: '', XDG_CONFIG_HOME: scratch.path },
      onReload(listener) {
        asked.add(listener)
        return () => asked.delete(listener)
      },
      onStderr(text) {
        for (const line of text.split('\n').filter((each) => each.includes('"event"'))) {
          const event = JSON.parse(line) as Record<string, unknown>
          events.push(event)
          waiting.shift()?.(String(event['event']))
        }
      },
    },
  )
  await meeting.left()
})
