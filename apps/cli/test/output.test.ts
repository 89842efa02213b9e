import { expect, test } from 'vitest'
import { createOutput, escapeControls, wrapLines } from '../src/output.ts'
import { loadProviders, providerIds, providerNames } from '../src/providers.ts'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

/** Everything that a terminal obeys, or that turns the direction of text. */
const hostile =
  '\u001b]0;x\u0007\u001b[8m\u009b31m\u007f\r\u0000\u061c\u200e\u200f\u2028\u202a\u202e\u2066\u2069'
const isHostile = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

/** An output whose streams are kept. */
function keep(env: Record<string, string> = {}, terminal: { isTTY?: boolean; columns?: number } = {}) {
  let text = ''
  const sink = {
    ...terminal,
    write(chunk: string | Uint8Array) {
      text += String(chunk)
      return true
    },
  }
  async function* stdin() {}
  const io = { stdin: stdin(), stdout: sink, stderr: sink, env }
  return { output: createOutput(io, { verbose: true }), text: () => text }
}

test('nothing that is printed lets a terminal obey text from outside', () => {
  const { output, text } = keep()
  output.result(hostile)
  output.prose(hostile)
  output.talk(hostile)
  output.detail(hostile)
  output.error('CODE', hostile)
  output.value({ [hostile]: hostile })
  output.jsonText(JSON.stringify(hostile))
  expect(text()).not.toMatch(isHostile)
  expect(text()).toContain('\\u009b31m')
})

test('--json escapes keep the value', () => {
  const { output, text } = keep()
  output.value({ a: hostile })
  expect(JSON.parse(text())).toEqual({ a: hostile })
})

test('of escapes in text from outside, only our own kind of colour passes, and only where there are colours', () => {
  const { output, text } = keep({ FORCE_COLOR: '1' })
  output.result(`${output.paint('red', 'own')} ${hostile} \u001b[5mblink \u001b[2Jclear`)
  expect(text().startsWith('\u001b[31mown\u001b[39m \\u001b]0;x')).toBe(true)
  expect(text().replace('\u001b[31mown\u001b[39m', '')).not.toMatch(isHostile)
})

test('what must stay on one line does', () => {
  expect(escapeControls('a\nb\tc\r\nd')).toBe('a\nb\tc\r\nd')
})

test('lines are wrapped at words, to the width of the terminal, and only there', () => {
  const words =
    'A sentence that is longer than the terminal is wide, and a-word-that-is-longer-than-the-terminal.'
  const { output, text } = keep({}, { isTTY: true, columns: 30 })
  output.talk(words)
  expect(text()).toBe(
    'A sentence that is longer than\nthe terminal is wide, and\na-word-that-is-longer-than-the-terminal.\n',
  )
  const piped = keep({}, { columns: 30 })
  piped.output.talk(words)
  expect(piped.text()).toBe(`${words}\n`)
  expect(wrapLines('✓ one two three\n  four five six', 9)).toBe('✓ one two\n  three\n  four\n  five\n  six')
  expect(wrapLines('\u001b[32m✓\u001b[39m one two three', 9)).toBe('\u001b[32m✓\u001b[39m one two\n  three')
  expect(wrapLines(words, undefined)).toBe(words)
})

test("a folder's profile cannot write lines of its own, or move the cursor", async () => {
  const text = JSON.stringify('x\u001b[2J\u009b31m\n\u202eprovider  utgl').replace('\u009b', '\\u009b')
  await using profiles = await createProfiles()
  await profiles.local('countersign.toml', `[profiles.p]\nprovider = "cdata"\nprivateKey = ${text}\n`)
  for (const argv of [
    ['profiles', 'show', 'p'],
    ['profiles', 'show', 'p', '--json'],
  ]) {
    const { stdout, stderr } = await runCommand(argv, profiles)
    expect(stdout + stderr).not.toMatch(isHostile)
    expect(stdout).toContain('\\u009b31m')
    expect(stdout).not.toMatch(/^provider {2}utgl/m)
  }
})

test.each([
  [['token', 'utlg'], 'Did you mean utgl?'],
  [['request', 'paymentgate', '/'], 'Did you mean paymentsgate?'],
  [['doctor', 'Victor'], 'Did you mean victor?'],
  [['explain', 'speda', 'x'], 'Did you mean speeda?'],
  [['keys', 'generate', '--provider', 'cdta'], 'Did you mean cdata?'],
])('%j suggests the provider that is meant', async (argv, words) => {
  const { stderr, exitCode } = await runCommand(argv)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(words)
})

test('a name that is nothing like a provider gets no suggestion, and is not repeated', async () => {
  const { stderr } = await runCommand(['token', 'hunter2'])
  expect(stderr).toBe(`CONFIG_INVALID: There is no provider of that name. Providers: ${providerNames()}.\n`)
})

test('the help for a provider shows its flags and those of every provider, and no other', async () => {
  const { stdout: options } = await runCommand(['token', 'utgl', '--help'])
  for (const flag of ['--access-key', '--private-key', '--base-url', '--lifetime-seconds', '--method'])
    expect(options).toContain(flag)
  // The paragraph on options in general has one as its example.
  for (const flag of ['--client-id', '--account-id', '--api-key', '--credentials', '--public-key'])
    expect(options.replace('flags (--client-id)', '')).not.toMatch(new RegExp(`${flag}\\b`))
  expect((await runCommand(['token', '--help'])).stdout).toContain('--client-id')
})

test('--method, --uri and --data are shown only where each request has a token of its own', async () => {
  const signing = (await loadProviders()).filter(({ proof }) => proof === 'request').map(({ id }) => id)
  for (const id of providerIds()) {
    const { stdout } = await runCommand(['token', id, '--help'])
    for (const flag of ['--method <', '--uri <', '--data <'])
      expect([id, flag, stdout.includes(`  ${flag}`)]).toEqual([id, flag, signing.includes(id)])
  }
})

test("help is wrapped at words to 80 columns, or to the terminal's width", async () => {
  const names = [
    'init',
    'doctor',
    'profiles',
    'whoami',
    'logout',
    'completion',
    'exec',
    'proxy',
    'emulator',
    'keys',
    'jwt',
  ]
  for (const name of names) {
    for (const columns of [undefined, 60]) {
      const { stdout } = await runCommand([name, '--help'], { columns })
      const paragraphs = stdout.split('\n').filter((line) => /^\S/.test(line) && !line.startsWith('Usage'))
      for (const line of paragraphs)
        expect({ name, line, long: line.length > (columns ?? 80) }).toEqual({ name, line, long: false })
    }
  }
})

test('the examples of every help fit 80 columns', async () => {
  const tables = [
    ...['token', 'request', 'explain', 'emulator', 'demo', 'keys', 'jwt', 'exec', 'completion', 'init'].map(
      (name) => [name],
    ),
    ...['doctor', 'proxy', 'profiles', 'whoami', 'logout', 'playground'].map((name) => [name]),
    ...['generate', 'inspect', 'convert', 'csr', 'public'].map((name) => ['keys', name]),
    ...['sign', 'verify', 'decode'].map((name) => ['jwt', name]),
  ]
  for (const words of tables) {
    const { stdout } = await runCommand([...words, '--help'])
    const long = stdout.split('\n').filter((line) => line.length > 80)
    // A program in quotes cannot be broken.
    expect({ words, long: long.filter((line) => !line.startsWith("    sh -c '")) }).toEqual({
      words,
      long: [],
    })
  }
})

test.each([
  ['explain', ['explain', 'utgl']],
  [
    'explain of a token',
    ['explain', 'utgl', 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1cmkiOiIvcGluZyJ9.c2ln'],
  ],
  ['a dry run', ['request', 'utgl', '/ping', '--environment', 'emulator', '--dry-run']],
  ['a decoded token', ['jwt', 'decode', 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1cmkiOiIvcGluZyJ9.c2ln']],
  ['what a provider says', ['whoami', 'speeda', '--environment', 'emulator', '--online']],
])('%s is wrapped at words in a terminal', async (_title, words) => {
  const { stdout } = await runCommand([...words, '--no-color'], { isTTY: true, columns: 60 })
  const piped = (await runCommand([...words, '--no-color'], { columns: 60 })).stdout
  const long = stdout.split('\n').filter((line) => line.length > 60 && line.trim().includes(' '))
  expect(long).toEqual([])
  expect(stdout.split(/\s+/).length).toBe(piped.split(/\s+/).length)
  expect(piped.split('\n').some((line) => line.length > 60)).toBe(true)
  expect(stdout).not.toMatch(/ $/m)
})
