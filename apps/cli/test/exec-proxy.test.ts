import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const env = {
  PATH: process.env['PATH'] ?? '',
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
}

const program = (script: string) => ['--', process.execPath, '--input-type=module', '-e', script]
const emulated = (script: string, ...options: string[]) => [
  'exec',
  'utgl',
  '--environment',
  'emulator',
  '--proxy',
  ...options,
  ...program(script),
]

const ask = `
  const { COUNTERSIGN_UTGL_PROXY_URL: url, COUNTERSIGN_UTGL_PROXY_SECRET: secret } = process.env
  const ask = async (path, headers) => (await fetch(url + path, { headers })).status`

test('a program gets a proxy that signs, and neither key nor token', async () => {
  const script = `${ask}
    console.log(await ask('/ping', { authorization: 'Bearer ' + secret }), await ask('/ping', {}))
    console.log(new URL(url).hostname, new URL(url).pathname)
    console.log(Object.keys(process.env).filter((name) => name.startsWith('COUNTERSIGN')).sort().join())`
  const { stdout, stderr, exitCode } = await runCommand(emulated(script), { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout.split('\n')).toEqual([
    '200 401',
    '127.0.0.1 /v1',
    'COUNTERSIGN_UTGL_PROXY_SECRET,COUNTERSIGN_UTGL_PROXY_URL',
    '',
  ])
})

test('--env and --url-env name the variables of a program that has its own', async () => {
  const script = `
    const { API_KEY, API_URL, COUNTERSIGN_UTGL_PROXY_URL } = process.env
    const { status } = await fetch(API_URL + '/ping', { headers: { 'x-countersign-secret': API_KEY } })
    console.log(status, COUNTERSIGN_UTGL_PROXY_URL)`
  const outcome = await runCommand(emulated(script, '--env', 'API_KEY', '--url-env', 'API_URL'), { env })
  expect(outcome.stdout).toBe('200 undefined\n')
})

test('the secret is masked in the output of the program, and it is another one in every run', async () => {
  const script = `${ask}
    console.log('secret', secret, Buffer.from(':' + secret).toString('base64').length)
    console.error(secret)`
  const { stdout, stderr } = await runCommand(emulated(script), { env })
  expect(stdout).toMatch(/^secret \[secret\] \d+\n$/)
  expect(stderr).toBe('[secret]\n')
  const shown = () => runCommand(emulated(`${ask}\nconsole.log(secret)`, '--no-masking'), { env })
  const [one, other] = [await shown(), await shown()]
  expect(one.stdout).toMatch(/^[\w-]{43}\n$/)
  expect(one.stdout).not.toBe(other.stdout)
})

test('the proxy ends with the program, whose exit code is passed on', async () => {
  const { stdout, exitCode } = await runCommand(emulated(`${ask}\nconsole.log(url); process.exitCode = 7`), {
    env,
  })
  expect(exitCode).toBe(7)
  await expect(fetch(`${stdout.trim()}/ping`)).rejects.toThrow('fetch failed')
})

test('the proxy ends too where there is no such program', async () => {
  const argv = ['exec', 'utgl', '--environment', 'emulator', '--proxy', '--', '/nowhere/program']
  expect(await runCommand(argv, { env })).toMatchObject({ stdout: '', exitCode: 127 })
})

test('--allow is for this proxy too', async () => {
  await using provider = await startRecordingServer()
  const script = `${ask}
    const headers = { 'x-countersign-secret': secret }
    console.log(await ask('/ping', headers), await ask('/accounts', headers))`
  const argv = ['exec', 'utgl', '--base-url', `${provider.url}/v1`, '--proxy', '--allow', 'GET /v1/ping']
  const { stdout } = await runCommand([...argv, ...program(script)], { env })
  expect(stdout).toBe('200 403\n')
  expect(provider.requests.map(({ target }) => target)).toEqual(['/v1/ping'])
  expect(provider.requests[0]?.header('authorization')).toMatch(/^Bearer ey/)
})

test('with --verbose each request is a line on stderr, without the secret', async () => {
  const script = `${ask}\nawait ask('/ping?card=4000', { 'x-countersign-secret': secret })`
  const { stderr } = await runCommand([...emulated(script, '--verbose')], { env })
  expect(stderr).toMatch(/"path":"\/v1\/ping","upstream":"emulator","status":200/)
  expect(stderr).not.toMatch(/4000|[\w-]{43}/)
})

test.each([
  [['--allow', 'GET /v1/*'], /--allow must be used with --proxy/],
  [['--url-env', 'URL'], /--url-env must be used with --proxy/],
  [['--proxy', '--min-ttl', '60s'], /--force and --min-ttl are for a token/],
  [['--proxy', '--force'], /--force and --min-ttl are for a token/],
  [['--proxy', '--env', 'A', '--url-env', 'A'], /--env and --url-env name the same variable/],
  [['--proxy', '--url-env', '1A'], /--url-env takes the name of a variable/],
  [['--proxy', '--allow', 'GET'], /--allow must be/],
])('exec %j is a usage error, and the program does not run', async (options, message) => {
  await using scratch = await createScratch()
  const script = `await (await import('node:fs/promises')).writeFile('${scratch.path}/ran', '')`
  const argv = ['exec', 'speeda', '--environment', 'emulator', ...options, ...program(script)]
  const { stdout, stderr, exitCode } = await runCommand(argv, { env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
  const { readdir } = await import('node:fs/promises')
  expect(await readdir(scratch.path)).toEqual([])
})
