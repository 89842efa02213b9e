import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProviders } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'
import { type ServedProviders, servedAt, withEmulator } from './with-emulator.ts'

const providers = await loadProviders()
const local = { PATH: process.env['PATH'] ?? '' }

/** The variables that the block sets, as a shell reads it. */
function readBlock(text: string): Record<string, string> {
  const lines = text
    .trim()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^export (\w+)='(.*)'$/.exec(line) ?? []
      expect(line).toMatch(/^export COUNTERSIGN_\w+='.*'$/)
      return [name, value]
    }),
  )
}

test('each emulator is at the root of a port of its own, and every provider works there', async () => {
  await using scratch = await createScratch()
  const argv = ['--ports', '0', '--credentials-dir', join(scratch.path, 'kept')]
  let used = 0
  const { stderr } = await withEmulator(argv, async (_served, text) => {
    const env: Record<string, string> = { ...local, ...readBlock(text) }
    for (const { id, basePath, example } of providers) {
      const baseUrl = new URL(env[`COUNTERSIGN_${id.toUpperCase()}_BASE_URL`] ?? '')
      expect([id, baseUrl.pathname.replace(/^\/$/, '')]).toEqual([id, basePath])
      const { exitCode, stderr: why } = await runCommand(['request', id, example.path, '--no-cache'], { env })
      expect([id, exitCode, why]).toEqual([id, 0, ''])
      used += 1
    }
  })
  expect(used).toBe(providers.length)
  expect(stderr).not.toMatch(/ 401 /)
})

test('the same emulator is on the common port too, with its prefix, and the control API is only there', async () => {
  await withEmulator(['utgl', 'oauth', '--ports', '0', '--json'], async (served) => {
    const own = servedAt(served, 'oauth').baseUrl
    const shared = new URL(served.controlUrl).origin
    const issuer = async (base: string, path = '') =>
      (
        (await (await fetch(`${base}/.well-known/oauth-authorization-server${path}`)).json()) as {
          issuer: string
        }
      ).issuer
    expect(new URL(own).port).not.toBe(new URL(shared).port)
    expect(await issuer(own)).toBe(own)
    expect(await issuer(`${shared}/oauth`)).toBe(`${shared}/oauth`)
    expect((await fetch(`${shared}/utgl/v1/ping`)).status).toBe(401)
    expect((await fetch(`${servedAt(served, 'utgl').baseUrl}/ping`)).status).toBe(401)
    expect((await fetch(`${new URL(servedAt(served, 'utgl').baseUrl).origin}/utgl/v1/ping`)).status).toBe(404)
    expect((await fetch(`${own}/_countersign/providers`)).status).not.toBe(200)
    const journal = await (await fetch(`${served.controlUrl}/utgl/journal`)).json()
    expect((journal as { requests: { path: string }[] }).requests.map(({ path }) => path)).toContain('/ping')
  })
})

test('what CData has at another origin is at its production path', async () => {
  await withEmulator(['cdata', '--ports', 'cdata=0', '--json'], async ({ providers: { cdata } }) => {
    const { baseUrl = '', mcpUrl } = cdata ?? {}
    expect(mcpUrl).toBe(`${new URL(baseUrl).origin}/mcp`)
    expect((await fetch(mcpUrl ?? '', { method: 'POST' })).status).toBe(401)
  })
})

test('ports count from the first in the order of the emulators, and all are closed at the end', async () => {
  let bases: string[] = []
  await withEmulator(['utgl', 'speeda', '--ports', 'speeda=0', '--json'], async (served) => {
    bases = ['utgl', 'speeda'].map((id) => servedAt(served, id).baseUrl)
    expect(new URL(bases[0] ?? '').origin).toBe(new URL(served.controlUrl).origin)
    expect(new URL(bases[1] ?? '').origin).not.toBe(new URL(served.controlUrl).origin)
  })
  for (const base of bases) await expect(fetch(base)).rejects.toThrow('fetch failed')
})

test('a port that is taken ends the command, which names the flag and closes the others', async () => {
  await withEmulator(['utgl', '--json'], async (served) => {
    const { port } = new URL(served.controlUrl)
    const outcome = await runCommand(['emulator', 'speeda', '--port', '0', '--ports', port])
    expect(outcome).toMatchObject({ stdout: '', exitCode: 2 })
    expect(outcome.stderr).toContain(`Port ${port} is taken by another program. Choose another with --ports`)
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.destroy()
  })
})

test.each([
  ['0x1', 'must be a number from 0 to 65535'],
  ['utgl', 'must be a number from 0 to 65535'],
  ['speeda=4401', 'the emulator speeda is not started'],
  ['nobody=4401', 'There is no provider of that name'],
  ['utgl=', 'must be a number'],
  ['65536', 'must be a number from 0 to 65535'],
])('--ports %s is a usage error', async (ports, words) => {
  const outcome = await runCommand(['emulator', 'utgl', '--port', '0', '--ports', ports])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
})

test.each([
  [
    ['--ports', 'utgl=4801,speeda=4801'],
    'Port 4801 is given twice: by --ports for utgl and by --ports for speeda.',
  ],
  [
    ['--port', '4801', '--ports', 'speeda=4801'],
    'Port 4801 is given twice: by --port and by --ports for speeda.',
  ],
  [['--port', '4802', '--ports', '4801'], 'Port 4802 is given twice: by --port and by --ports for speeda.'],
  [['--ports', 'utgl=4801', '--ports', 'utgl=4802'], '--ports names utgl twice.'],
])('%s is a usage error that names both flags, and no other program', async (ports, words) => {
  const outcome = await runCommand(['emulator', 'utgl', 'speeda', ...ports])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2 })
  expect(outcome.stderr.replace(/\s+/g, ' ')).toContain(words)
  expect(outcome.stderr).not.toContain('another program')
})

test.skipIf(process.platform === 'win32')(
  'a kept file that others can read is used with a warning that names it',
  async () => {
    await using scratch = await createScratch()
    const argv = ['utgl', '--credentials-dir', scratch.path, '--json']
    const first = await withEmulator(argv, async () => undefined)
    expect(first.stderr).not.toContain('Other users')
    const key = join(scratch.path, 'utgl_private_key.pem')
    await chmod(key, 0o644)
    const second = await withEmulator(argv, async () => undefined)
    expect(second.stderr).toContain(`Other users can read ${key}. Run: chmod 600 ${key}`)
    expect(second.stderr.match(/Other users/g)).toHaveLength(1)
  },
)

test('identities and keys of --credentials-dir are the same after a restart, in files only for their owner', async () => {
  await using scratch = await createScratch()
  const argv = ['--credentials-dir', scratch.path, '--json']
  const credentialsOf = ({ providers: all }: ServedProviders) =>
    Object.fromEntries(Object.entries(all).map(([id, { credentials }]) => [id, credentials]))
  const runs: Record<string, Record<string, string>>[] = []
  const files: Record<string, string>[] = []
  for (let run = 0; run < 2; run += 1) {
    await withEmulator(argv, async (served) => {
      runs.push(credentialsOf(served))
    })
    const names = await readdir(scratch.path)
    for (const name of names) expect((await stat(join(scratch.path, name))).mode & 0o777).toBe(0o600)
    files.push(
      Object.fromEntries(
        await Promise.all(
          names.map(async (name) => [name, await readFile(join(scratch.path, name), 'utf8')]),
        ),
      ),
    )
  }
  expect(Object.keys(runs[0] ?? {})).toHaveLength(providers.length)
  expect(runs[1]).toEqual(runs[0])
  expect(files[1]).toEqual(files[0])
  const env = { XDG_CACHE_HOME: scratch.path }
  await withEmulator(['--credentials-dir', scratch.path], async (_served, text) => {
    for (const { id, example } of providers) {
      const called = await runCommand(['request', id, example.path], { env: { ...env, ...readBlock(text) } })
      expect([id, called.exitCode, called.stderr]).toEqual([id, 0, ''])
    }
  })
  await withEmulator([...argv, 'utgl', '--force'], async ({ providers: { utgl } }) => {
    expect(utgl?.credentials['accessKey']).not.toBe(runs[0]?.['utgl']?.['accessKey'])
    expect(utgl?.credentials['privateKey']).not.toBe(runs[0]?.['utgl']?.['privateKey'])
  })
})

test.each([
  ['utgl_identity.json', '[]', 'does not hold the credentials of an emulator'],
  ['utgl_identity.json', '{', 'does not hold the credentials of an emulator'],
  ['utgl_private_key.pem', 'not a key', 'does not hold a private key that can be used'],
])('%s that holds %s stays, and is named', async (name, content, words) => {
  await using scratch = await createScratch()
  const path = await scratch.file(name, content)
  const outcome = await runCommand(['emulator', 'utgl', '--port', '0', '--credentials-dir', scratch.path])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2 })
  expect(outcome.stderr).toContain(`${path} ${words}`)
  expect(outcome.stderr).toContain('--force')
  expect(await readdir(scratch.path)).toEqual([name])
  expect(await readFile(path, 'utf8')).toBe(content)
})

test('an identity whose key is gone gets a new key; the identity stays', async () => {
  await using scratch = await createScratch()
  await writeFile(
    join(scratch.path, 'utgl_identity.json'),
    '{"accessKey":"6e33a078-99ed-4aa1-8e67-b0e19e9475fd"}',
  )
  const argv = ['utgl', '--credentials-dir', scratch.path, '--json']
  await withEmulator(argv, async ({ providers: { utgl } }) => {
    expect(utgl?.credentials['accessKey']).toBe('6e33a078-99ed-4aa1-8e67-b0e19e9475fd')
  })
})

test('the block has forms for .env files and PowerShell, and holds no private key', async () => {
  const text = async (...argv: string[]) => {
    let shown = ''
    await withEmulator(['utgl', ...argv], async (_served, all) => {
      shown = all
    })
    return shown
  }
  expect(await text('--format', 'dotenv')).toMatch(
    /^COUNTERSIGN_UTGL_BASE_URL=http:\/\/127\.0\.0\.1:\d+\/utgl\/v1$/m,
  )
  expect(await text('--format', 'powershell')).toMatch(/^\$env:COUNTERSIGN_UTGL_ACCESS_KEY = '[\w-]{36}'$/m)
  const shell = await text()
  expect(shell).toMatch(/^export COUNTERSIGN_UTGL_ACCESS_KEY='[\w-]{36}'$/m)
  expect(shell).toMatch(/^# COUNTERSIGN_UTGL_PRIVATE_KEY_FILE: --credentials-dir saves the key/m)
  expect(shell).not.toContain('BEGIN')
})
