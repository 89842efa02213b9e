import { readFileSync } from 'node:fs'
import { lutimes, readdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const emulated = (name: string) => `[profiles.${name}]\nprovider = "utgl"\nenvironment = "emulator"\n`

test.each(['/dev/zero', '/dev/tty', '/tmp'])(
  'a profile file that is a link to %s is refused',
  async (target) => {
    await using profiles = await createProfiles()
    await profiles.local('x', '')
    await symlink(target, join(profiles.cwd(), 'countersign.toml'))
    const { stdout, stderr, exitCode } = await runCommand(['token', 'cdata'], profiles)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toMatch(/countersign\.toml (is not a regular file|cannot be read)/)
  },
)

test('a profile file of more than 64 KiB is refused; one of 64 KiB is read', async () => {
  await using profiles = await createProfiles()
  const text = emulated('a')
  await profiles.local('countersign.toml', text.padEnd(64 * 1024, '#'))
  const argv = ['token', 'utgl', '--method', 'GET', '--uri', '/v1/ping', '--profile', 'a']
  expect((await runCommand(argv, profiles)).exitCode).toBe(0)
  await profiles.local('countersign.toml', text.padEnd(64 * 1024 + 1, '#'))
  const { stderr, exitCode } = await runCommand(argv, profiles)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('countersign.toml is larger than 64 KiB.')
})

test.each([
  '{"profiles":{"a":{"provider":"utgl"},"a":{"provider":"cdata"}}}',
  '{"profiles":{"a":{"provider":"utgl"},"\\u0061":{"provider":"cdata"}}}',
  '{"profiles":{"a":{"provider":"utgl","accessKey":"x","accessKey":"y"}}}',
])('a member that is named twice in JSON is an error: %s', async (text) => {
  await using profiles = await createProfiles()
  await profiles.local('countersign.json', text)
  const { stderr, exitCode } = await runCommand(['profiles', 'list'], profiles)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('countersign.json names a member twice in one object. Keep one of the two.')
})

test('one name in two objects of JSON, in a string or in a list is not a duplicate', async () => {
  await using profiles = await createProfiles()
  const text =
    '{"profiles":{"a":{"provider":"cdata","accountId":"{\\"a\\":","connectionIds":["a","a"]},"b":{"provider":"utgl"}}}'
  await profiles.local('countersign.json', text)
  expect((await runCommand(['profiles', 'list'], profiles)).exitCode).toBe(0)
})

test('a link to nothing as the lock of a profile file is removed, and leads to no other file', async () => {
  await using profiles = await createProfiles()
  await profiles.local('x', '')
  const lock = join(profiles.cwd(), 'countersign.toml.lock')
  const clock = createFixedClock()
  await symlink('../elsewhere', lock)
  await lutimes(lock, clock.now() / 1000 - 3, clock.now() / 1000 - 3)
  const argv = ['init', 'utgl', '--environment', 'emulator', '--local', '--yes']
  expect((await runCommand(argv, { ...profiles, clock })).exitCode).toBe(0)
  expect((await readdir(profiles.cwd())).sort()).toEqual(['countersign.toml', 'x'])
  expect(await readdir(join(profiles.cwd(), '..'))).toEqual(['here'])
})

test('signals are held back only once the lock of a profile file is ours', async () => {
  await using profiles = await createProfiles(emulated('a'))
  const locks: string[] = []
  const onSignal = () => {
    locks.push(readFileSync(`${profiles.path}.lock`, 'utf8'))
    return () => undefined
  }
  expect((await runCommand(['profiles', 'use', 'a'], { ...profiles, onSignal })).exitCode).toBe(0)
  expect(locks.map((text) => (JSON.parse(text) as { pid: number }).pid)).toEqual([process.pid])
})

test("profiles that are used, removed and made at once keep each other's changes", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`)
  await using profiles = await createProfiles(names.map(emulated).join('\n'))
  const init = (name: string) => ['init', 'utgl', '--environment', 'emulator', '--profile', name, '--yes']
  const outcomes = await Promise.all([
    ...names.slice(0, 6).map((name) => runCommand(['profiles', 'remove', name], profiles)),
    ...['n1', 'n2', 'n3'].map((name) => runCommand(init(name), profiles)),
    runCommand(['profiles', 'use', 'p7'], profiles),
  ])
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(outcomes.map(() => 0))
  const { stdout } = await runCommand(['profiles', 'list', '--json'], profiles)
  const { profiles: rows } = JSON.parse(stdout) as { profiles: { name: string; default: boolean }[] }
  expect(rows.map(({ name }) => name).sort()).toEqual(['n1', 'n2', 'n3', ...names.slice(6)].sort())
  expect(rows.filter((row) => row.default).map(({ name }) => name)).toEqual(['p7'])
  expect(await readdir(dirname(profiles.path))).toEqual(['countersign.toml'])
})

test('a lock that another command never releases is named', async () => {
  await using profiles = await createProfiles(emulated('a'))
  const clock = { now: () => 1_790_000_000_000 }
  const holder = { id: '00000000-0000-4000-8000-000000000000', pid: 1, host: 'elsewhere', at: clock.now() }
  const lock = await profiles.file('countersign.toml.lock', JSON.stringify(holder))
  const { stderr, exitCode } = await runCommand(['profiles', 'use', 'a'], { ...profiles, clock })
  expect(exitCode).toBe(2)
  expect(stderr).toContain(`delete ${lock}.`)
})
