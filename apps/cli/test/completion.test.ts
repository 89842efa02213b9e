import { execFile } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { commands } from '../src/commands/index.ts'
import { providerIds } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
const ids = providerIds()
const beginningWith = (letter: string) => ids.filter((id) => id.startsWith(letter))

/** What the command answers a shell; fish's form is one suggestion a line, its description behind a tab. */
async function answer(...words: string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await runCommand(['completion', 'fish', '--', ...words])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  return stdout === '' ? [] : stdout.split('\n').map((line) => line.split('\t')[0] ?? '')
}

test.each(shells)('the script for %s goes to stdout and asks countersign', async (shell) => {
  const { stdout, stderr, exitCode } = await runCommand(['completion', shell])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).toMatch(new RegExp(`'completion',? '${shell}',? '--'`))
  const json = await runCommand(['completion', shell, '--json'])
  expect(JSON.parse(json.stdout)).toEqual({ shell, script: stdout })
})

test.each([
  ['no shell', [], /Missing required argument `shell`/],
  ['an unknown shell', ['tcsh'], /bash, zsh, fish or powershell/],
  ['an unknown option', ['bash', '--nothing'], /Unknown option `--nothing`/],
])('%s is a usage error', async (_, argv, message) => {
  const { stdout, stderr, exitCode } = await runCommand(['completion', ...argv])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
})

test('every command is completed, and those of a command that has some', async () => {
  expect(await answer('')).toEqual(commands.map(({ name }) => name))
  expect(await answer('to')).toEqual(['token'])
  expect(await answer('keys', '')).toEqual(expect.arrayContaining(['generate', 'inspect', 'csr']))
  expect(await answer('--json', 'keys', 'ge')).toEqual(['generate'])
  expect(await answer('export', '')).toEqual(['bruno', 'postman', 'hurl'])
})

test('suggestions are described', async () => {
  const { stdout } = await runCommand(['completion', 'fish', '--', 'tok'])
  expect(stdout).toBe('token\tPrint a token.')
})

test.each(commands.map(({ name }) => name))(
  'options of %s are completed, those of every command too',
  async (name) => {
    const options = await answer(name, '--')
    expect(options).toEqual(expect.arrayContaining(['--json', '--no-color', '--help']))
    expect(options).not.toContain('--passphrase')
    expect(options).not.toContain('--client-secret')
    expect(new Set(options).size).toBe(options.length)
  },
)

test('providers are completed where a provider is meant', async () => {
  for (const name of ['token', 'request', 'explain', 'exec', 'emulator'])
    expect(await answer(name, '')).toEqual(ids)
  expect(await answer('token', '--force', '--min-ttl', '5m', 's')).toEqual(beginningWith('s'))
  expect(await answer('keys', 'generate', '--provider', 'p')).toEqual(beginningWith('p'))
  expect(await answer('emulator', 'speeda', 'utgl', '')).toEqual(
    ids.filter((id) => id !== 'speeda' && id !== 'utgl'),
  )
  expect(await answer('export', 'hurl', '')).toEqual(ids)
  expect(await answer('token', 'speeda', '')).toEqual([])
})

test('environments are those of the provider, or of all', async () => {
  expect(await answer('token', 'speeda', '--environment', '')).toEqual(['production', 'emulator'])
  expect(await answer('token', '--environment', '')).toContain('emulator')
  expect(await answer('token', 'speeda', '--environment=e')).toEqual(['--environment=emulator'])
  expect(await answer('emulator', '--environment', '')).toEqual(['production', 'staging'])
})

test('choices of an option are completed, and other values are not guessed', async () => {
  expect(await answer('keys', 'generate', '--bits', '')).toEqual(['2048', '3072', '4096'])
  expect(await answer('token', 'speeda', '--client-id', '')).toEqual([])
})

test('the shell is asked for file names where a file is meant', async () => {
  const files = ['__FILE__:any:::0']
  expect(await answer('token', 'speeda', '--private-key', '')).toEqual(files)
  expect(await answer('keys', 'inspect', 'a')).toEqual(files)
  for (const format of ['bruno', 'hurl'])
    expect(await answer('export', format, 'utgl', '--output', '')).toEqual(files)
  expect(await answer('exec', 'speeda', '--', '')).toEqual(files)
  expect(await answer('exec', 'speeda', '--', 'node', '--ser')).toEqual(files)
})

test('words that are not a command get no suggestions', async () => {
  expect(await answer('nothing-of-that-name', '')).toEqual([])
})

test('bash completes commands, providers, choices and files, and runs nothing that is typed', async () => {
  await using scratch = await createScratch()
  const bin = new URL('../src/bin.ts', import.meta.url).pathname
  const shim = await scratch.file(
    'countersign',
    `#!/bin/sh\nexec '${process.execPath}' --conditions=@countersign/source '${bin}' "$@"\n`,
  )
  await chmod(shim, 0o755)
  await scratch.file('private key.pem', '')
  const bash = await scratch.file(
    'complete.bash',
    `
    source <(countersign completion bash) || exit 1
    ask() {
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=\${#COMP_LINE}
      _countersign countersign "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "$2: \${COMPREPLY[*]}"
    }
    complete -p countersign
    ask countersign comp
    ask countersign token speed
    ask countersign token speeda --environment em
    ask countersign token speeda --private-key priv
    ask countersign request cdata '$(touch run)' --dr`,
  )
  const PATH = `${scratch.path}:${process.env['PATH']}`
  const { stdout } = await promisify(execFile)('bash', ['--norc', bash], {
    cwd: scratch.path,
    env: { PATH, HOME: scratch.path },
  })
  const [registered, ...lines] = stdout.trimEnd().split('\n')
  expect(registered).toMatch(/^complete .*_countersign countersign$/)
  expect(lines.map((line) => line.replaceAll('\\', '').trimEnd())).toEqual([
    'comp: completion',
    'token: speeda',
    'token: emulator',
    'token: private key.pem',
    'request: --dry-run',
  ])
  const { stdout: files } = await promisify(execFile)('ls', [scratch.path])
  expect(files.split('\n')).not.toContain('run')
})
