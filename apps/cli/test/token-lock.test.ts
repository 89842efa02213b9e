import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { lutimes, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFile } from '../src/lock-file.ts'
import { createScratch } from './run-command.ts'

const id = '00000000-0000-4000-8000-000000000000'
const ttlMs = 45_000
const at = 1_790_000_000_000
const now = () => at
const here = () => ({ id, pid: process.pid, host: hostname(), at })
/** Times of files are seconds. */
const seconds = at / 1000

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['--version'])
  await once(child, 'exit')
  return child.pid ?? 0
}

test('a lock is a file of its owner alone, and gone when it is given back', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'a.lock')
  const release = await lockFile(path, { ttlMs, now })
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600')
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
  await release()
  expect(await readdir(scratch.path)).toEqual([])
})

test('a command that finds the lock taken waits until it is released, and says so once', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'a.lock')
  const release = await lockFile(path, { ttlMs, now })
  const order: string[] = []
  const told = Promise.withResolvers<void>()
  const onWait = () => {
    order.push('waits')
    told.resolve()
  }
  const waiting = lockFile(path, { ttlMs, now, onWait }).then((releaseSecond) => {
    order.push('has it')
    return releaseSecond
  })
  await told.promise
  order.push('given back')
  await release()
  await (await waiting)()
  expect(order).toEqual(['waits', 'given back', 'has it'])
})

test.each([
  ['of a process that is gone', async () => ({ ...here(), pid: await pidOfTheDead() })],
  ['that is too old', async () => ({ ...here(), at: at - ttlMs - 1_000 })],
  ['of a time to come', async () => ({ ...here(), at: at + 2 * ttlMs })],
  ['too old, of another computer', async () => ({ ...here(), host: 'elsewhere', pid: 1, at: 0 })],
])('a lock %s is put aside', async (_name, holder) => {
  await using scratch = await createScratch()
  const path = await scratch.file('a.lock', JSON.stringify(await holder()))
  await (await lockFile(path, { ttlMs, now }))()
  expect(await readdir(scratch.path)).toEqual([])
})

test.each(['', 'no JSON', '{}', JSON.stringify({ ...here(), id: '../../elsewhere' })])(
  'a lock that cannot be read is put aside when its file is old, and waited for before (%#)',
  async (content) => {
    await using scratch = await createScratch()
    const path = await scratch.file('a.lock', content)
    await utimes(path, seconds, seconds)
    await expect(lockFile(path, { ttlMs: 150, now })).rejects.toThrow('held by another')
    await utimes(path, 0, 0)
    await (await lockFile(path, { ttlMs, now }))()
    expect(await readdir(scratch.path)).toEqual([])
  },
)

test('a lock that was left half written is put aside long before its time', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('a.lock', '{"id":"0000')
  await utimes(path, seconds - 3, seconds - 3)
  let waited = false
  const onWait = () => {
    waited = true
  }
  await (await lockFile(path, { ttlMs, now, onWait }))()
  expect(waited).toBe(false)
})

test('a process of another computer is not taken for dead, and waiting for it ends', async () => {
  await using scratch = await createScratch()
  const held = { ...here(), host: 'elsewhere', pid: await pidOfTheDead() }
  const path = await scratch.file('a.lock', JSON.stringify(held))
  await expect(lockFile(path, { ttlMs: 200, now })).rejects.toThrow('held by another')
  expect(await readFile(path, 'utf8')).toBe(JSON.stringify(held))
})

test('of many who find a dead lock one at a time has it, and none sees one that is half written', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('a.lock', JSON.stringify({ ...here(), pid: await pidOfTheDead(), at: 0 }))
  let holding = 0
  let most = 0
  let ended = false
  const seen: string[] = []
  const look = async () => {
    while (!ended) seen.push(await readFile(path, 'utf8').catch(() => '{}'))
  }
  const watching = look()
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      // By this clock a file without a holder would be of another time, and dead.
      const release = await lockFile(path, { ttlMs, now })
      holding += 1
      most = Math.max(most, holding)
      await stat(path)
      holding -= 1
      await release()
    }),
  )
  ended = true
  await watching
  expect(most).toBe(1)
  expect(seen.filter((text) => !text.endsWith('}'))).toEqual([])
  expect(await readdir(scratch.path)).toEqual([])
})

test('a process that cannot write its lock to the end leaves none', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'a.lock')
  const source = new URL('../src/lock-file.ts', import.meta.url).href
  const script = `import { lockFile } from ${JSON.stringify(source)}
await lockFile(${JSON.stringify(path)}, { ttlMs: ${ttlMs}, now: () => ${at} })`
  // A file may be made and may hold nothing, as on a full disk.
  const limited = ['-c', 'ulimit -f 0; exec "$0" --input-type=module -e "$1"', process.execPath, script]
  expect(() => execFileSync('sh', limited, { stdio: 'ignore' })).toThrow()
  expect(await readdir(scratch.path)).not.toContain('a.lock')
})

test('a lock that is taken while a dead one is put aside stays', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('a.lock', JSON.stringify({ ...here(), at: 0 }))
  const taken = JSON.stringify({ ...here(), id: id.replace('4', '5'), host: 'elsewhere' })
  let looks = 0
  const judging = () => {
    looks += 1
    // The first look at the clock dates the own lock, the second judges the dead one.
    if (looks === 2) writeFileSync(path, taken)
    return at
  }
  await expect(lockFile(path, { ttlMs: 200, now: judging })).rejects.toThrow('held by another')
  expect(await readFile(path, 'utf8')).toBe(taken)
})

test('a claim on a dead lock that was left behind stops nobody', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('a.lock', JSON.stringify({ ...here(), pid: await pidOfTheDead() }))
  const claim = await scratch.file(`a.lock.${id}`, '')
  await utimes(claim, 0, 0)
  await (await lockFile(path, { ttlMs, now }))()
  expect(await readdir(scratch.path)).toEqual([])
})

test('a lock that another took over is not given back by who had it before', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'a.lock')
  const release = await lockFile(path, { ttlMs, now })
  const taken = JSON.stringify(here())
  await writeFile(path, taken)
  await release()
  expect(await readFile(path, 'utf8')).toBe(taken)
})

test('a link that leads nowhere, a folder or a pipe is not waited for longer than a lock counts', async () => {
  await using scratch = await createScratch()
  const makers = {
    'link.lock': (path: string) => symlink('/nowhere/at/all', path),
    'zero.lock': (path: string) => symlink('/dev/zero', path),
    'pipe.lock': (path: string) => void execFileSync('mkfifo', [path]),
  }
  for (const [name, make] of Object.entries(makers)) {
    const path = join(scratch.path, name)
    await make(path)
    // Fresh, it may be a lock that is being written; of another time, it was left behind.
    for (const time of [seconds - 3, seconds + 3]) {
      await lutimes(path, time, time)
      await (await lockFile(path, { ttlMs, now }))()
      if (time < seconds) await make(path)
    }
    await rm(path, { force: true })
  }
  const path = join(scratch.path, 'folder.lock')
  await mkdir(path)
  await utimes(path, seconds - 3, seconds - 3)
  await expect(lockFile(path, { ttlMs: 100, now })).rejects.toThrow()
  expect(await readdir(scratch.path)).toEqual(['folder.lock'])
})

test.each([
  ['of this process ID, but of a process that began at another time', { pid: process.pid, started: '1' }],
  ['of this process ID, which does not say when its process began', { pid: process.pid }],
  ['of the ID of a process that began later than the lock', { pid: process.ppid, started: '1' }],
])('a lock %s is removed at once', async (_title, members) => {
  await using scratch = await createScratch()
  const path = await scratch.file('a.lock', JSON.stringify({ ...here(), ...members }))
  let waited = false
  const onWait = () => {
    waited = true
  }
  await (await lockFile(path, { ttlMs, now, onWait }))()
  expect(waited).toBe(false)
  expect(await readdir(scratch.path)).toEqual([])
})
