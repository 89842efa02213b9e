import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judgeCertificates } from '../src/doctor/certificates.ts'
import { judgeNodeVersion } from '../src/doctor/node-version.ts'
import { goesThroughProxy, judgeProxy } from '../src/doctor/proxy.ts'
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
  [{}, '24.21.0', 'ok', null],
  [{ HTTPS_PROXY: '' }, '24.21.0', 'ok', null],
  [{ HTTPS_PROXY: 'http://p:1' }, '24.21.0', 'warn', 'export NODE_USE_ENV_PROXY=1'],
  [{ https_proxy: 'http://p:1', NODE_USE_ENV_PROXY: '1' }, '24.21.0', 'ok', null],
  [{ HTTP_PROXY: 'http://p:1', NODE_OPTIONS: '--use-env-proxy' }, '22.21.0', 'ok', null],
  [
    { HTTPS_PROXY: 'http://p:1', NODE_USE_ENV_PROXY: '1' },
    '22.12.0',
    'warn',
    expect.stringContaining('Install'),
  ],
  [{ HTTPS_PROXY: 'p', NODE_USE_ENV_PROXY: '1' }, '24.21.0', 'warn', expect.stringContaining('HTTPS_PROXY=')],
])('proxy variables %j on Node %s are %s', (env, version, level, fix) => {
  expect(judgeProxy(withEnv(env), version)).toMatchObject({ level, fix })
})

test('a proxy is not named: its address may hold a password', () => {
  const env = { HTTPS_PROXY: 'http://user:hush@proxy.example:1' }
  expect(JSON.stringify(judgeProxy(withEnv(env), '24.21.0'))).not.toMatch(/hush|proxy\.example/)
})

test.each([
  ['', true],
  ['other.example', true],
  ['*', false],
  ['api.example', false],
  ['.example', false],
  ['*.example', false],
  ['localhost, example', false],
  ['api.example:443', false],
  ['api.example:8443', true],
  ['pi.example', true],
])('NO_PROXY=%s: a call goes through the proxy: %s', (list, expected) => {
  const env = { HTTPS_PROXY: 'http://p:1', NODE_USE_ENV_PROXY: '1', NO_PROXY: list }
  expect(goesThroughProxy(new URL('https://api.example/'), withEnv(env), '24.21.0')).toBe(expected)
})

test('a proxy for the other scheme, or one that is not followed, carries nothing', () => {
  const url = new URL('https://api.example/')
  const other = { HTTP_PROXY: 'http://p:1', NODE_USE_ENV_PROXY: '1' }
  expect(goesThroughProxy(url, withEnv(other), '24.21.0')).toBe(false)
  expect(goesThroughProxy(url, withEnv({ HTTPS_PROXY: 'http://p:1' }), '24.21.0')).toBe(false)
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

test('a folder of kept tokens that others can get at is told', async () => {
  await using scratch = await createScratch()
  const env = { XDG_CACHE_HOME: scratch.path }
  const finding = async () => {
    const { stdout } = await runCommand(['doctor', '--json'], { env })
    const { findings } = JSON.parse(stdout) as { findings: { id: string }[] }
    return findings.find(({ id }) => id === 'token-cache')
  }
  expect(await finding()).toMatchObject({ level: 'ok', sentence: 'No token is kept yet.' })
  const folder = join(scratch.path, 'countersign')
  await mkdir(folder, { mode: 0o700 })
  expect(await finding()).toMatchObject({ level: 'ok' })
  const token = await scratch.file('countersign/a.json', '{}')
  await chmod(token, 0o640)
  expect(await finding()).toMatchObject({ level: 'warn', fix: `chmod -R go= ${folder}` })
  await chmod(token, 0o600)
  await chmod(folder, 0o750)
  expect(await finding()).toMatchObject({ level: 'warn', fix: `chmod -R go= ${folder}` })
})
