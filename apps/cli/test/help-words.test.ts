import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

test.each([
  [['help', 'keys', 'inspect'], 'keys inspect'],
  [['keys', 'help', 'inspect'], 'keys inspect'],
  [['--json', 'help', 'token'], 'token'],
  [['help', 'help'], '[options] [command]'],
  [['keys', '--help'], 'keys'],
  [['token', 'nobody', '-h'], 'token'],
])('%j is the help of %s', async (argv, usage) => {
  const { stdout, stderr, exitCode } = await runCommand(argv)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout.split('\n')[0]).toContain(`Usage: countersign ${usage}`)
})

test.each([
  [['tokne', '--help'], 'Unknown command `tokne`. Did you mean token?'],
  [['help', 'tokne'], 'Unknown command `tokne`. Did you mean token?'],
  [['keys', 'inspct', '-h'], 'Unknown command `inspct`. Did you mean inspect?'],
  [['keys', 'help', 'inspct'], 'Unknown command `inspct`. Did you mean inspect?'],
  [['help', 'keys', 'inspct'], 'Unknown command `inspct`. Did you mean inspect?'],
])("%j is a mistake, not another command's help", async (argv, words) => {
  const outcome = await runCommand(argv)
  expect(outcome).toEqual({ stdout: '', stderr: `CONFIG_INVALID: ${words}\n`, exitCode: 2 })
})

test("a child program's own arguments are left to it", async () => {
  const argv = ['exec', 'speeda', '--environment', 'emulator', '--', 'echo', 'help', '--help']
  const { PATH = '' } = process.env
  expect(await runCommand(argv, { env: { PATH } })).toMatchObject({ stdout: 'help --help\n', exitCode: 0 })
})
