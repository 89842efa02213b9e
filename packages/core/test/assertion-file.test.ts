import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAssertionFile } from '@countersign/core/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failureOf } from './fake-provider.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assertion-file-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('an assertion file is read again for each call, without the white space around it', async () => {
  const path = join(folder, 'token')
  const read = createAssertionFile(path)
  for (const assertion of ['first', 'second']) {
    await writeFile(path, `${assertion}\n`)
    expect(await read()).toBe(assertion)
  }
})

test.each([
  ['missing', undefined, /cannot be read \(ENOENT\)/],
  ['empty', '\n', /is empty/],
  ['too large', 'a'.repeat(65_537), /is larger than 64 KiB/],
])('an assertion file that is %s is CONFIG_INVALID, named by its path', async (name, text, message) => {
  const path = join(folder, name.replace(' ', '-'))
  if (text !== undefined) await writeFile(path, text)
  const failure = await failureOf(createAssertionFile(path)())
  expect(failure).toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID' })
  expect((failure as Error).message).toMatch(message)
  expect((failure as Error).message).toContain(path)
})
