import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

test.each(['token', 'request', 'explain', 'emulator', 'keys', 'jwt', 'exec', 'export', 'completion'])(
  'the help of %s ends with examples of it',
  async (name) => {
    const { stdout, stderr, exitCode } = await runCommand([name, '--help'])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    const [, examples = ''] = stdout.split('\nExamples:\n')
    const lines = examples.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    const commands = lines
      .join('\n')
      .replaceAll(/\\\n +/g, '')
      .split('\n')
    for (const line of commands) expect(line).toContain(`countersign ${name}`)
  },
)
