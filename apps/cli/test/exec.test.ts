import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { childEnvironment } from '../src/exec/child-environment.ts'
import { createMasker } from '../src/exec/masker.ts'
import { toVariable } from '../src/field-names.ts'
import { loadProviders } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'
import { keys, runInTerminal } from './terminal.ts'

const token = 'speeda-access-token-1'
const { PATH = '' } = process.env
const env = { PATH }

/** `exec speeda` against the emulator, of a program of Node. */
const emulated = (script: string, ...options: string[]) => [
  'exec',
  'speeda',
  '--environment',
  'emulator',
  ...options,
  '--',
  process.execPath,
  '-e',
  script,
]

describe('exec', () => {
  test('the token is in the environment of the program, and nowhere else', async () => {
    const script = `console.log(process.env.COUNTERSIGN_SPEEDA_TOKEN.length, process.argv.length)`
    const outcome = await runCommand(emulated(script), { env })
    expect(outcome).toEqual({ stdout: `${token.length} 1\n`, stderr: '', exitCode: 0 })
    expect(process.env).not.toHaveProperty('COUNTERSIGN_SPEEDA_TOKEN')
  })

  test('--env names the variable', async () => {
    const script = 'console.log(process.env.MY_TOKEN.length, process.env.COUNTERSIGN_SPEEDA_TOKEN)'
    const { stdout } = await runCommand(emulated(script, '--env', 'MY_TOKEN'), { env })
    expect(stdout).toBe(`${token.length} undefined\n`)
  })

  test('stdout and stderr are masked, and told apart', async () => {
    const script = `
      const token = process.env.COUNTERSIGN_SPEEDA_TOKEN
      console.log('out', token, Buffer.from('a' + token).toString('base64'))
      console.error('err', token)`
    const { stdout, stderr, exitCode } = await runCommand(emulated(script), { env })
    expect({ stderr, exitCode }).toEqual({ stderr: 'err [secret]\n', exitCode: 0 })
    expect(stdout).toMatch(/^out \[secret\] .{1,3}\[secret\].{0,3}\n$/)
  })

  test('--no-masking shows what the program prints', async () => {
    const script = 'console.log(process.env.COUNTERSIGN_SPEEDA_TOKEN)'
    const { stdout } = await runCommand(emulated(script, '--no-masking'), { env })
    expect(stdout).toBe(`${token}\n`)
  })

  test('stdin goes to the program, byte for byte', async () => {
    const stdin = Buffer.from([0, 255, 10, 200, 13])
    const script = `process.stdin.on('data', (chunk) => console.log(chunk.toString('hex')))`
    expect(await runCommand(emulated(script), { env, stdin })).toMatchObject({ stdout: '00ff0ac80d\n' })
  })

  test('a program that does not read its stdin does not fail', async () => {
    const stdin = Buffer.alloc(1 << 20)
    expect(await runCommand(emulated(''), { env, stdin })).toMatchObject({ stderr: '', exitCode: 0 })
  })

  test('the exit code of the program is passed on', async () => {
    expect(await runCommand(emulated('process.exit(42)'), { env })).toEqual({
      stdout: '',
      stderr: '',
      exitCode: 42,
    })
  })

  test('options of the program are its own, also those that countersign has', async () => {
    const argv = ['exec', 'speeda', '--environment', 'emulator', '--', 'echo', '--json', '--env', 'x', '--']
    expect(await runCommand(argv, { env })).toMatchObject({ stdout: '--json --env x --\n', exitCode: 0 })
  })

  test.each([
    [
      ['--environment', 'emulator'],
      ['--environment', 'staging', '--json', '-q'],
    ],
    [['--environment=emulator', '--env', 'T', '--quiet'], ['--help']],
    [
      ['-q', '--environment', 'emulator'],
      ['--env', 'T', '--', '--force'],
    ],
  ])('without -- everything after the program is its own: %j %j', async (before, after) => {
    await using scratch = await createScratch()
    const file = await scratch.file('deploy.sh', 'echo "$*"')
    const argv = ['exec', 'speeda', ...before, 'sh', file, ...after]
    expect(await runCommand(argv, { env })).toEqual({
      stdout: `${after.join(' ')}\n`,
      stderr: '',
      exitCode: 0,
    })
  })

  test('no credentials reach the program, whatever provider they are of', async () => {
    const own = [
      'COUNTERSIGN_PASSPHRASE',
      'COUNTERSIGN_PROXY_SECRET',
      'COUNTERSIGN_PROXY_SECRET_FILE',
      'COUNTERSIGN_TOKEN_STORE',
      'COUNTERSIGN_ACME_CLIENT_SECRET',
      'COUNTERSIGN_VICTOR_API_KEY',
      'COUNTERSIGN_UTGL_PRIVATE_KEY_FILE',
    ]
    const names = (await loadProviders()).flatMap(({ id, fields }) => [
      toVariable(id, 'passphrase'),
      ...Object.keys(fields)
        .filter((name) => ['secret', 'private-key', 'public-key'].includes(fields[name]?.kind ?? ''))
        .map((name) => toVariable(id, name)),
    ])
    expect(names.length).toBeGreaterThan(5)
    const given = Object.fromEntries([...names, ...own].map((name) => [name, 'x']))
    const kept = { HOME: '/home/a', COUNTERSIGN_SPEEDA_CLIENT_ID: 'id' }
    expect(
      childEnvironment({ ...given, ...kept, NOTHING: undefined }, await loadProviders(), { T: 'token' }),
    ).toEqual({
      ...kept,
      T: 'token',
    })
    const script =
      'console.log(Object.keys(process.env).filter((name) => /KEY|SECRET|STORE|PASS/.test(name)).join())'
    const { stdout } = await runCommand(emulated(script), { env: { ...env, ...given } })
    expect(stdout).toBe('\n')
  })

  test('a program that is not there exits 127 and is named', async () => {
    const argv = ['exec', 'speeda', '--environment', 'emulator', '--', 'no-such-program-here', 'x']
    const { stdout, stderr, exitCode } = await runCommand(argv, { env })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 127 })
    expect(stderr).toMatch(/^COMMAND_NOT_FOUND: Program not found: no-such-program-here\./)
  })

  test('a file that cannot be run exits 126', async () => {
    await using scratch = await createScratch()
    const file = await scratch.file('notes.txt', 'hello')
    const argv = ['exec', 'speeda', '--environment', 'emulator', '--', file]
    const { stderr, exitCode } = await runCommand(argv, { env })
    expect(exitCode).toBe(126)
    expect(stderr).toMatch(/^COMMAND_NOT_EXECUTABLE: /)
  })

  test.each([
    ['a path through a file', 'package.json/x', 126],
    ['a name that is too long', `/${'x'.repeat(5000)}`, 126],
    ['a name that is empty', '', 127],
  ])('%s, which is refused before anything is started, ends as in a shell', async (_what, file, code) => {
    const argv = ['exec', 'speeda', '--environment', 'emulator', '--', file]
    const { stdout, stderr, exitCode } = await runCommand(argv, { env })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code })
    expect(stderr).toMatch(/^COMMAND_NOT_/)
  })

  test('UTGL has no such token: a usage error that names the commands that help', async () => {
    const argv = ['exec', 'utgl', '--environment', 'emulator', '--', 'true']
    const { stdout, stderr, exitCode } = await runCommand(argv, { env })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toMatch(/signs each request separately.*--proxy.*countersign request/)
  })

  test.each([
    ['no program', ['exec', 'speeda'], /Missing required argument `command`/],
    ['an unknown provider', ['exec', 'nobody', '--', 'true'], /Providers: speeda/],
    ['an invalid name of a variable', ['exec', 'speeda', '--env', 'A=B', '--', 'true'], /name of a variable/],
    ['missing options', ['exec', 'speeda', '--', 'true'], /COUNTERSIGN_SPEEDA_CLIENT_ID/],
  ])('%s is a usage error', async (_, argv, message) => {
    const { stdout, stderr, exitCode } = await runCommand(argv, { env })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toMatch(message)
  })

  test('a bad key, a refusal and a dead address exit as everywhere, and nothing is run', async () => {
    await using scratch = await createScratch()
    await using server = await startRecordingServer(() => ({
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"invalid_client"}',
    }))
    const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
    const bad = await scratch.file('bad.pem', 'no key')
    const dead = await startRecordingServer(() => ({ status: 200 }))
    await dead[Symbol.asyncDispose]()
    const argv = (file: string, url: string) => [
      'exec',
      'speeda',
      '--client-id',
      'a',
      '--key-id',
      'b',
      '--private-key',
      file,
      '--base-url',
      url,
      '--',
      'echo',
      'ran',
    ]
    const outcomes = [argv(bad, server.url), argv(key, server.url), argv(key, dead.url)].map((words) =>
      runCommand(words, { env }),
    )
    const [badKey, refused, unreachable] = await Promise.all(outcomes)
    expect(badKey).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^KEY_/), exitCode: 3 })
    expect(refused).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^TOKEN_/), exitCode: 4 })
    expect(unreachable).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^NETWORK/), exitCode: 5 })
  })
})

describe('exec as a process', () => {
  const bin = new URL('../src/bin.ts', import.meta.url).pathname
  const start = (argv: readonly string[]): ChildProcess =>
    spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv], { env })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s is passed on, and its answer too',
    async (signal) => {
      const script = `
      process.on('${signal}', () => { console.log('got ${signal}'); process.exit(7) })
      setInterval(() => undefined, 1000)
      console.log('ready')`
      const child = start(emulated(script))
      const ended = once(child, 'exit')
      const [ready] = (await once(child.stdout ?? child, 'data')) as [Buffer]
      expect(ready.toString()).toBe('ready\n')
      child.kill(signal)
      if (child.stdout === null) throw new Error('no pipe')
      expect(await text(child.stdout)).toBe(`got ${signal}\n`)
      expect(await ended).toEqual([7, null])
    },
  )

  test('a program that a signal ended exits with 128 and its number', async () => {
    const child = start(emulated('console.log(1); setInterval(() => undefined, 1000)'))
    const ended = once(child, 'exit')
    await once(child.stdout ?? child, 'data')
    child.kill('SIGTERM')
    expect(await ended).toEqual([143, null])
  })

  test('what the program left running in the background is not waited for', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      const left = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit', detached: true })
      left.unref()
      console.log(left.pid + ' ' + 'x'.repeat(300000) + ' ' + process.env.COUNTERSIGN_SPEEDA_TOKEN)`
    const child = start(emulated(script))
    if (child.stdout === null) throw new Error('no pipe')
    const [shown, ended] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const [pid, filler, masked] = shown.trim().split(' ')
    process.kill(Number(pid), 'SIGKILL')
    expect([ended, filler?.length, masked]).toEqual([[0, null], 300_000, '[secret]'])
  })

  test('a reader that leaves ends the program as it would without us, with its own exit code', async () => {
    const script = `
      process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 9 : 8))
      setInterval(() => console.log('line'), 1)`
    const child = start(emulated(script))
    const ended = once(child, 'exit')
    await once(child.stdout ?? child, 'data')
    child.stdout?.destroy()
    expect(await ended).toEqual([9, null])
  })

  test('a signal that is sent to us alone reaches the program once, and so does one of the keyboard', async () => {
    await using scratch = await createScratch()
    const script = `
      let count = 0
      process.on('SIGINT', () => console.log('got ' + ++count))
      process.stdin.on('data', () => process.exit(count))
      console.log('ready')`
    using run = runInTerminal(emulated(script), { env: {}, cwd: scratch.path })
    await run.screen.sees('ready')
    process.kill(run.pid, 'SIGINT')
    await run.screen.sees('got 1')
    run.type(keys.ctrlC)
    await run.screen.sees('got 2')
    run.type(keys.enter)
    expect(await run.ended).toMatchObject({ exitCode: 2 })
  })

  test("stdin is the program's own", async () => {
    const child = start(emulated('process.stdin.pipe(process.stdout)'))
    child.stdin?.end('hello\n')
    if (child.stdout === null) throw new Error('no pipe')
    expect(await text(child.stdout)).toBe('hello\n')
  })
})

describe('masking', () => {
  const secret = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln+/bmF0dXJl=='

  /** What is shown when the text comes in chunks of a length. */
  function shown(input: string | Buffer, size: number, known = secret): string {
    const masker = createMasker(known)
    const bytes = Buffer.from(input as string)
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; at += size) pieces.push(masker.push(bytes.subarray(at, at + size)))
    return Buffer.concat([...pieces, masker.end()]).toString('latin1')
  }
  const sizes = [1, 2, 7, 16, 17, 1000]

  test.each(sizes)('the token is masked wherever chunks of %d bytes cut it', (size) => {
    expect(shown(`a ${secret} b ${secret}${secret}`, size)).toBe('a [secret] b [secret][secret]')
  })

  test.each([
    ['URL', encodeURIComponent(secret)],
    ['URL in small letters', encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase())],
    ['Python quote()', encodeURIComponent(secret).replaceAll('%2F', '/')],
    ['JSON with escaped slashes', secret.replaceAll('/', '\\/')],
    ['form', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['hex', Buffer.from(secret).toString('hex')],
    ['Base64', Buffer.from(secret).toString('base64')],
    ['base64url', Buffer.from(secret).toString('base64url')],
    ['Base64 behind one byte', Buffer.from(`:${secret}`).toString('base64')],
    ['Base64 behind two bytes', Buffer.from(`a:${secret}`).toString('base64')],
    ['Base64 in lines', Buffer.from(secret).toString('base64').replace(/.{20}/g, '$&\r\n')],
    ['Base64 in indented lines', Buffer.from(secret).toString('base64').replace(/.{20}/g, '$&\n      ')],
    ['folded header', secret.replace(/.{20}/g, '$&\r\n\t')],
  ])('an encoding is masked: %s', (_, encoding) => {
    for (const size of sizes) expect(shown(`<${encoding}>`, size)).toMatch(/^<.{0,4}\[secret\].{0,4}>$/)
  })

  test('escapes of JSON are masked', () => {
    const odd = 'a"b\\c"d/e token of odd characters'
    for (const size of sizes) expect(shown(JSON.stringify([odd]), size, odd)).toBe('["[secret]"]')
  })

  test('a token that was cut off is masked, within the output and at the end', () => {
    for (const size of sizes) {
      expect(shown(`${secret.slice(0, 30)} …`.replace('…', 'x'), size)).toBe('[secret] x')
      expect(shown(secret.slice(0, -1), size)).toBe('[secret]')
    }
  })

  const repeating = `${'ab'.repeat(10)}.the-end-of-the-secret`

  test.each([
    ['its first 16 characters', 'ab'.repeat(8)],
    ['a longer beginning of it', 'ab'.repeat(9)],
    ['itself, cut off', repeating.slice(0, 30)],
  ])('a whole token is masked to its end after %s, also if it repeats its own beginning', (_what, before) => {
    for (const size of sizes) {
      const text = shown(`<${before}${repeating}>`, size, repeating)
      expect(text).toMatch(/^<(?:\[secret\])+>$/)
      expect(shown(`<${secret.slice(0, before.length)}${secret}>`, size)).toBe('<[secret][secret]>')
    }
  })

  test('no character of a token is shown, whatever it is made of and follows', () => {
    const words = (letters: string, minLength: number, maxLength: number) =>
      fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength })
    const output = fc
      .tuple(fc.constantFrom('a', 'ab', 'abc.'), words('xyz', 0, 8))
      .chain(([letters, last]) => fc.tuple(words(letters, 16, 36), words(letters, 0, 20), fc.constant(last)))
      .chain(([first, noise, last]) => {
        const token = first + last
        const cut = fc.nat(token.length)
        const piece = fc.oneof(
          fc.constantFrom(token, noise, ' '),
          cut.map((end) => token.slice(0, end)),
          cut.map((start) => token.slice(start)),
        )
        const pieces = fc.array(piece, { minLength: 1, maxLength: 6 })
        return fc.record({ token: fc.constant(token), text: pieces.map((parts) => parts.join('')) })
      })
    fc.assert(
      fc.property(output, fc.integer({ min: 1, max: 20 }), ({ token, text }, size) => {
        const ofToken = new Set<number>()
        for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1))
          for (let index = at; index < at + token.length; index++) ofToken.add(index)
        const whole = shown(text, 1000, token)
        expect(whole.replaceAll('[secret]', '').length).toBeLessThanOrEqual(text.length - ofToken.size)
        expect(shown(text, size, token)).toBe(whole)
      }),
      { numRuns: 2_000 },
    )
  })

  test('fewer than 16 characters, and a part from the middle on, are shown, as the README says', () => {
    for (const size of sizes) {
      expect(shown(`${secret.slice(0, 15)} x`, size)).toBe(`${secret.slice(0, 15)} x`)
      expect(shown(`${secret.slice(1, 30)} x`, size)).toBe(`${secret.slice(1, 30)} x`)
    }
  })

  test('the signature of a JWT is masked alone, too: header and claims can be guessed', () => {
    const [header, claims, signature = ''] = secret.split('.')
    for (const size of sizes) {
      expect(shown([header, claims, signature].join('\n'), size)).toBe(`[secret]\n${claims}\n[secret]`)
      expect(shown(JSON.stringify({ claims: { sub: 'a' }, signature }), size)).toBe(
        '{"claims":{"sub":"a"},"signature":"[secret]"}',
      )
    }
    expect(shown('a.b.short short', 1000, 'a.b.short')).toBe('[secret] short')
  })

  test('everything else passes unchanged, binary output too', () => {
    const bytes = Buffer.from([...Array(256).keys()].flatMap((byte) => [byte, byte ^ 0x55]))
    for (const size of sizes) expect(shown(bytes, size)).toBe(bytes.toString('latin1'))
    for (const size of sizes) expect(shown('eyJhb and eyJ, e', size)).toBe('eyJhb and eyJ, e')
  })

  test('what is held back is bounded by the token, whatever comes', () => {
    const masker = createMasker(secret)
    let given = 0
    let seen = 0
    for (const piece of ['x'.repeat(5000), secret.slice(0, 20), '\n'.repeat(5000), secret.slice(0, 15)]) {
      given += piece.length
      seen += masker.push(Buffer.from(piece)).length
      expect(given - seen).toBeLessThan(secret.length * 3)
    }
  })
})
