import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judgeCertificates, judgeNodeVersion, judgeProxy, judgeTokenCache } from '../src/doctor/computer.ts'
import type { Io } from '../src/io.ts'
import { createScratch, runCommand } from './run-command.ts'

const withEnv = (env: Io['env']) => ({ env }) as Io

test.each([
  ['22.11.0', 'fail'],
  ['22.12.0', 'ok'],
  ['24.0.0', 'ok'],
])('Node %s is %s', (version, level) => {
  expect(judgeNodeVersion(version)).toMatchObject({ level })
})

test.each([
  [{}, 'ok', 'No proxy is set: calls go straight to the provider.'],
  [{ HTTPS_PROXY: '' }, 'ok', 'No proxy is set: calls go straight to the provider.'],
  [{ HTTPS_PROXY: 'http://p:1' }, 'ok', 'Calls go through the proxy http://p:1 (HTTPS_PROXY).'],
  [{ https_proxy: 'p:1', HTTPS_PROXY: 'q:1' }, 'ok', 'Calls go through the proxy http://p:1 (https_proxy).'],
  [
    { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.example' },
    'ok',
    'Calls go through the proxy http://p:1 (HTTP_PROXY), but to hosts that NO_PROXY names.',
  ],
  [{ HTTPS_PROXY: 'socks5://p:1' }, 'fail', 'HTTPS_PROXY is not the address of a proxy for http or https.'],
  [{ ALL_PROXY: 'http://p:1' }, 'warn', expect.stringContaining('ALL_PROXY is set, and is not followed')],
])('proxy variables %j are %s', (env, level, sentence) => {
  expect(judgeProxy(withEnv(env))).toMatchObject({ level, sentence })
})

test('user name and password of a proxy are not shown', () => {
  const env = { HTTPS_PROXY: 'http://user:hush@proxy.example:1' }
  expect(JSON.stringify(judgeProxy(withEnv(env)))).not.toMatch(/hush|user/)
  expect(JSON.stringify(judgeProxy(withEnv({ HTTPS_PROXY: 'socks5://user:hush@p:1' })))).not.toMatch(/hush/)
})

test('certificates that are not checked, or extra ones that are not there, are told', async () => {
  await using scratch = await createScratch()
  const file = await scratch.file('authority.pem', '')
  const level = (env: Io['env']) => judgeCertificates(withEnv(env)).level
  expect(level({})).toBe('ok')
  expect(level({ NODE_EXTRA_CA_CERTS: file })).toBe('ok')
  expect(level({ NODE_EXTRA_CA_CERTS: `${file}.gone` })).toBe('warn')
  expect(level({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBe('warn')
})

test('a token cache that others can read is reported', async () => {
  await using scratch = await createScratch()
  const env = { XDG_CACHE_HOME: scratch.path }
  const finding = async () => {
    const { stdout } = await runCommand(['doctor', '--json'], { env })
    const { findings } = JSON.parse(stdout) as { findings: { id: string }[] }
    return findings.find(({ id }) => id === 'token-cache')
  }
  expect(await finding()).toMatchObject({ level: 'ok', sentence: 'No token is cached yet.' })
  const folder = join(scratch.path, 'countersign')
  await mkdir(folder, { mode: 0o700 })
  expect(await finding()).toMatchObject({ level: 'ok' })
  // Sealed, and as versions before the seal kept them.
  for (const name of ['a.jwe', 'a.json']) {
    const token = await scratch.file(`countersign/${name}`, '{}')
    await chmod(token, 0o640)
    expect(await finding()).toMatchObject({ level: 'warn', fix: `chmod -R go= ${folder}` })
    await chmod(token, 0o600)
  }
  await chmod(folder, 0o750)
  expect(await finding()).toMatchObject({ level: 'warn', fix: `chmod -R go= ${folder}` })
})

test('the advice gives a token cache of another user back to its owner', async () => {
  // Root alone can make one, and become a user who does not own it.
  if (process.getuid?.() !== 0) return
  await using scratch = await createScratch()
  await chmod(scratch.path, 0o755)
  const folder = join(scratch.path, 'countersign')
  await mkdir(folder, { mode: 0o700 })
  const judged = async (cache: string) => {
    process.seteuid?.(65_534)
    try {
      return await judgeTokenCache(withEnv({ XDG_CACHE_HOME: cache }))
    } finally {
      process.seteuid?.(0)
    }
  }
  expect(await judged(scratch.path)).toMatchObject({
    level: 'warn',
    sentence: `The token cache, ${folder}, cannot be used (EACCES): every command gets a new token.`,
    fix: `sudo chown -R "$(id -u):$(id -g)" ${folder}`,
  })
  expect(await judged('/dev/null')).toMatchObject({
    level: 'warn',
    fix: 'Set XDG_CACHE_HOME to a folder that you can write to.',
  })
})
