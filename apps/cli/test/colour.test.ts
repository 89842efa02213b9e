import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { wantsColour } from '../src/output.ts'
import { runCommand } from './run-command.ts'

const control = '\u001b['
const sink = (isTTY: boolean) => ({ isTTY, write: () => true })

test.each([
  ['a terminal has colours', true, {}, {}, true],
  ['a pipe has none', false, {}, {}, false],
  ['NO_COLOR takes them from a terminal', true, { NO_COLOR: '1' }, {}, false],
  ['an empty NO_COLOR does not count', true, { NO_COLOR: '' }, {}, true],
  ['a dumb terminal has none', true, { TERM: 'dumb' }, {}, false],
  ['FORCE_COLOR gives them to a pipe', false, { FORCE_COLOR: '1' }, {}, true],
  ['FORCE_COLOR is stronger than NO_COLOR', false, { FORCE_COLOR: '3', NO_COLOR: '1' }, {}, true],
  ['FORCE_COLOR=0 takes them from a terminal', true, { FORCE_COLOR: '0' }, {}, false],
  ['FORCE_COLOR=false does too', true, { FORCE_COLOR: 'false' }, {}, false],
  ['an empty FORCE_COLOR does not count', false, { FORCE_COLOR: '' }, {}, false],
  ['--no-color is stronger than FORCE_COLOR', true, { FORCE_COLOR: '1' }, { color: false }, false],
])('%s', (_title, isTTY, env, options, expected) => {
  expect(wantsColour(sink(isTTY), env, options)).toBe(expected)
})

test.each([
  [{ isTTY: true }, true],
  [{ isTTY: false }, false],
  [{ isTTY: false, env: { FORCE_COLOR: '1' } }, true],
  [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
  [{ isTTY: true, env: { FORCE_COLOR: '0' } }, false],
])('results, errors and help follow it: %j', async (given, coloured) => {
  const results = await runCommand(['explain', 'utgl'], given)
  expect(results.stdout.includes(control)).toBe(coloured)
  const error = await runCommand(['token', 'nobody'], given)
  expect(error.stderr.includes(control)).toBe(coloured)
  const help = await runCommand(['token', '--help'], given)
  expect(help.stdout.includes(control)).toBe(coloured)
})

test.each([
  [['--no-color', '--help']],
  [['token', '--help', '--no-color']],
  [['explain', 'utgl', '--no-color']],
])('%j is without colours, whatever else is said', async (argv) => {
  const { stdout } = await runCommand(argv, { isTTY: true, env: { FORCE_COLOR: '1' } })
  expect(stdout).not.toContain(control)
})

test('--json has no colours, forced or not', async () => {
  const { stdout } = await runCommand(['explain', 'utgl', '--json'], {
    isTTY: true,
    env: { FORCE_COLOR: '1' },
  })
  expect(stdout).not.toContain(control)
})

function widest(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  )
}

test.each([80, 100, 140])('help fits a terminal of %i columns and uses its width', async (columns) => {
  const { stdout } = await runCommand(['--help'], { isTTY: true, columns })
  expect(widest(stdout)).toBeLessThanOrEqual(columns)
  expect(widest(stdout)).toBeGreaterThan(columns - 15)
})

test('help in a pipe is 80 columns wide', async () => {
  const { stdout } = await runCommand(['--help'])
  expect(widest(stdout)).toBeLessThanOrEqual(80)
})

test.each([
  [undefined, 123],
  [200, 123],
  [100, 100],
  [80, 80],
])('the table of demo in a terminal of %s columns is at most %i wide', async (columns, expected) => {
  const { stdout, exitCode } = await runCommand(['demo'], { columns })
  expect(exitCode).toBe(0)
  expect(widest(stdout)).toBeLessThanOrEqual(expected)
  expect(widest(stdout)).toBeGreaterThan(expected - 5)
})
