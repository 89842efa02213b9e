import { expect, test } from 'vitest'
import { commands } from '../src/commands/index.ts'
import { runCommand } from './run-command.ts'

/** What was typed, and what was meant. */
const slips: readonly (readonly [line: string, meant: string])[] = [
  ['tokn speeda', 'token'],
  ['reqest utgl ping', 'request'],
  ['profile list', 'profiles'],
  ['help tokn', 'token'],
  ['keys genrate', 'generate'],
  ['keys inspct key.pem', 'inspect'],
  ['help keys generat', 'generate'],
  ['keys help genrate', 'generate'],
  ['jwt decod x', 'decode'],
  ['jwt verfy x', 'verify'],
  ['profiles lst', 'list'],
  ['profiles us acme', 'use'],
  ['--jsn demo', '--json'],
  ['demo --quite', '--quiet'],
  ['--hlep', '--help'],
  ['--verison', '--version'],
  ['token speeda --clientid a', '--client-id'],
  ['token --environmnt emulator speeda', '--environment'],
  ['token speeda --private-kee=key.pem', '--private-key'],
  ['request utgl ping --dryrun', '--dry-run'],
  ['emulator --prot 1', '--port'],
  ['proxy utgl --secretfile a', '--secret-file'],
  ['keys generate --provder utgl', '--provider'],
  ['jwt sign --exipres-in 30s', '--expires-in'],
  ['exec victor --no-maskin -- ls', '--no-masking'],
  ['doctor --onlin', '--online'],
  ['whoami --profil acme', '--profile'],
]

test.each(slips)('"%s" is answered with %s', async (line, meant) => {
  const { stdout, stderr, exitCode } = await runCommand(line.split(' '))
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: Unknown (command|option) `[^`]+`\. Did you mean /)
  expect(stderr).toContain(`Did you mean ${meant}?\n`)
})

test.each(commands.map(({ name }) => name))('%s is meant by a name that lacks a letter', async (name) => {
  const { stderr, exitCode } = await runCommand([name.slice(0, 2) + name.slice(3)])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(new RegExp(`Did you mean (one of )?.*\\b${name}\\b`))
})

test('what is like nothing is answered without a guess', async () => {
  for (const line of ['abracadabra', 'keys abracadabra', 'demo --abracadabra']) {
    const { stderr, exitCode } = await runCommand(line.split(' '))
    expect(exitCode).toBe(2)
    expect(stderr).not.toContain('Did you mean')
  }
})
