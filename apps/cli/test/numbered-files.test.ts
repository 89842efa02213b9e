import { execFileSync } from 'node:child_process'
import type { linkSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createNumberedFiles } from '../src/token-cache/numbered-files.ts'
import { createScratch } from './run-command.ts'

const name = 'a'.repeat(64)
const now = () => Date.now()

/** A folder and processes on it. */
async function createFixture() {
  const scratch = await createScratch()
  const open = (linkFile?: typeof linkSync) => createNumberedFiles({ directory: scratch.path, now, linkFile })
  const files = open()
  return {
    path: scratch.path,
    open,
    files,
    pathOf: (number: number) => join(scratch.path, `${name}.${number}.jwe`),
    value: () => files.update(name, async ({ text }) => ({ answer: text })),
    put: (text: string) => files.update(name, async () => ({ answer: undefined, text })),
    [Symbol.asyncDispose]: async () => scratch[Symbol.asyncDispose](),
  }
}

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code })
}

test.each([
  ['with hard links', undefined],
  ['without hard links', failing('EPERM')],
])('of many changes at once none is lost, %s', async (_name, linkFile) => {
  await using fixture = await createFixture()
  const { open, value } = fixture
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      open(linkFile).update(name, async ({ text }) => ({ answer: undefined, text: `${text}${index},` })),
    ),
  )
  const numbers = (await value()).split(',').slice(0, -1).map(Number)
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

test('who was suspended before its write changes nothing, however much has happened since', async () => {
  for (const changesMeanwhile of [1, 2, 5]) {
    await using fixture = await createFixture()
    const { open, put, value } = fixture
    await put('first')
    const suspended = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const seen: string[] = []
    const late = open().update(name, async ({ text }) => {
      seen.push(text)
      reached.resolve()
      await suspended.promise
      return { answer: text, text: `${text} and late` }
    })
    await reached.promise
    for (let change = 1; change <= changesMeanwhile; change++) await put(`change ${change}`)
    suspended.resolve()
    expect(await late).toBe(`change ${changesMeanwhile}`)
    expect(seen).toEqual(['first', `change ${changesMeanwhile}`])
    expect(await value()).toBe(`change ${changesMeanwhile} and late`)
  }
})

test('one value before the newest stays, and what is forgotten leaves none', async () => {
  await using fixture = await createFixture()
  const { put, path, files } = fixture
  for (const text of ['one', 'two', 'three']) await put(text)
  expect((await readdir(path)).sort()).toEqual([`${name}.2.jwe`, `${name}.3.jwe`])
  await files.update(name, async () => ({ answer: undefined, text: '', forget: true }))
  expect(await readdir(path)).toEqual([`${name}.4.jwe`])
})

test('a value that is unchanged is not written', async () => {
  await using fixture = await createFixture()
  const { put, value, path } = fixture
  await put('one')
  await value()
  expect(await readdir(path)).toEqual([`${name}.1.jwe`])
})

test('files are 0600 in a folder that is 0700, also when it was more open before', async () => {
  await using fixture = await createFixture()
  const directory = join(fixture.path, 'open')
  await mkdir(directory, { mode: 0o755 })
  const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
  for (const linkFile of [undefined, failing('ENOTSUP')])
    await createNumberedFiles({ directory, now, linkFile }).update(name, async () => ({
      answer: undefined,
      text: 'one',
    }))
  const files = await readdir(directory)
  expect(files).toHaveLength(2)
  for (const file of files) expect(await mode(join(directory, file))).toBe('600')
  expect(await mode(directory)).toBe('700')
})

test('a folder that is removed meanwhile is made again', async () => {
  await using fixture = await createFixture()
  const directory = join(fixture.path, 'removed')
  const files = createNumberedFiles({ directory, now })
  const put = () => files.update(name, async ({ text }) => ({ answer: text, text: 'one' }))
  await put()
  execFileSync('rm', ['-r', directory])
  expect(await put()).toBe('')
  expect(await readdir(directory)).toHaveLength(1)
})

test.each(['EROFS', 'EACCES', 'EBUSY', 'ENOSPC'])(
  'a folder that cannot be written to (%s) can be read, and a change fails and leaves nothing',
  async (code) => {
    await using fixture = await createFixture()
    const { put, open, path } = fixture
    await put('one')
    const files = open(failing(code))
    expect(await files.update(name, async ({ text }) => ({ answer: text }))).toBe('one')
    const change = files.update(name, async () => ({ answer: undefined, text: 'two' }))
    await expect(change).rejects.toMatchObject({ code })
    expect(await readdir(path)).toEqual([`${name}.1.jwe`])
  },
)

test('a file that is being written is waited for, and counts as unreadable when its end never comes', async () => {
  await using fixture = await createFixture()
  const { files, pathOf, put, value } = fixture
  await put('one')
  await writeFile(pathOf(2), 'tw')
  const seen = files.update(name, async (newest) => ({ answer: newest }))
  await appendFile(pathOf(2), 'o\n')
  expect(await seen).toEqual({ number: 2, text: 'two' })
  await writeFile(pathOf(3), 'thr')
  expect(await value()).toBe('thr')
})

test('a link, a pipe, a folder or a huge file as the newest value is not read and not waited for', async () => {
  const makers: ((path: string, own: string) => unknown)[] = [
    (path, own) => symlink(own, path),
    (path) => execFileSync('mkfifo', [path]),
    (path) => mkdir(path),
    (path) => writeFile(path, Buffer.alloc(5 * 1_048_576)),
  ]
  for (const make of makers) {
    await using fixture = await createFixture()
    const { put, pathOf, value, files } = fixture
    await put('one')
    await make(pathOf(2), pathOf(1))
    expect(await files.update(name, async (newest) => ({ answer: newest }))).toEqual({ number: 2, text: '' })
    await put('three')
    expect(await value()).toBe('three')
  }
})

test('what a killed process was writing is removed once it is old, and what is new stays', async () => {
  await using fixture = await createFixture()
  const { path, files, put } = fixture
  await put('one')
  const [old, young] = ['1', '2'].map((end) =>
    join(path, `${name}.00000000-0000-4000-8000-00000000000${end}.new`),
  )
  for (const file of [old, young]) await writeFile(String(file), 'half')
  await utimes(String(old), 0, 0)
  await utimes(fixture.pathOf(1), now() / 1000 - 300 * 24 * 3600, now() / 1000 - 300 * 24 * 3600)
  files.prepare()
  expect((await readdir(path)).map((file) => join(path, file)).sort()).toEqual(
    [fixture.pathOf(1), String(young)].sort(),
  )
  await utimes(fixture.pathOf(1), 0, 0)
  files.prepare()
  expect((await readdir(path)).map((file) => join(path, file))).toEqual([young])
})

test('a process that is killed before or after its file has a name stops nobody', async () => {
  for (const when of ['before', 'after']) {
    await using fixture = await createFixture()
    const { put, path, value } = fixture
    await put('one')
    const script = `
      import { linkSync } from 'node:fs'
      import { createNumberedFiles } from '${new URL('../src/token-cache/numbered-files.ts', import.meta.url).pathname}'
      const linkFile = (aside, path) => {
        if ('${when}' === 'after') linkSync(aside, path)
        process.kill(process.pid, 'SIGKILL')
      }
      const files = createNumberedFiles({ directory: '${path}', now: Date.now, linkFile })
      await files.update('${name}', async ({ text }) => ({ answer: undefined, text: text + ' two' }))
    `
    const run = () =>
      execFileSync(process.execPath, [
        '--conditions=@countersign/source',
        '--input-type=module',
        '-e',
        script,
      ])
    expect(run).toThrow()
    expect(await value()).toBe(when === 'after' ? 'one two' : 'one')
    await put('three')
    expect(await value()).toBe('three')
    expect(await readFile(join(path, `${name}.${when === 'after' ? 3 : 2}.jwe`), 'utf8')).toBe('three\n')
  }
})
