import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inspectKey, verifyJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { toVariable } from '../src/field-names.ts'
import { loadProviders } from '../src/providers.ts'
import { createProfiles } from './create-profiles.ts'
import { createSigner } from './create-signer.ts'
import { runCommand } from './run-command.ts'
import { servedAt, withEmulator } from './with-emulator.ts'

const { publicKey, privateKey } = fixedKeys.rsa2048
const cdata = ['token', 'cdata', '--account-id', 'example']

test('a program signs in place of the private key, and is asked for its public key first', async () => {
  await using signer = await createSigner()
  const clock = createFixedClock()
  const byProgram = await runCommand([...cdata, '--signer-command', signer.command], { clock })
  const byFile = await runCommand([...cdata, '--private-key', join(signer.folder, 'key.pem')], { clock })
  expect(byProgram).toEqual(byFile)
  expect(byProgram).toMatchObject({ stderr: '', exitCode: 0 })
  const [started, first, second, ...more] = await signer.log()
  expect(started).toMatchObject({ started: [] })
  expect(first).toEqual({ pid: started?.['pid'], version: 1, ask: 'publicKey', algorithm: 'RS256' })
  const input = byProgram.stdout.trim().split('.').slice(0, 2).join('.')
  expect(second).toEqual({
    pid: started?.['pid'],
    version: 1,
    ask: 'signature',
    algorithm: 'RS256',
    input: Buffer.from(input).toString('base64url'),
    digest: createHash('sha256').update(input).digest('base64url'),
  })
  expect(more).toEqual([])
})

test('a program signs tokens, requests and assertions that the emulators accept', async () => {
  await using signer = await createSigner()
  const signing = (await loadProviders()).filter(({ algorithm }) => algorithm !== undefined)
  const registered = signing.flatMap(({ id }) => ['--register', `${id}=${signer.publicKey}`])
  const ids = signing.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(['speeda', 'cdata', 'utgl', 'victor', 'oauth']))
  await withEmulator([...ids, ...registered, '--json'], async (served) => {
    for (const { id, example, baseUrls, fields } of signing) {
      const { baseUrl, credentials } = servedAt(served, id)
      const [name = ''] = Object.keys(baseUrls)
      const environment = fields['environment'] === undefined ? {} : { environment: name }
      const env = Object.fromEntries(
        Object.entries({ ...credentials, baseUrl, ...environment }).map(([name, value]) => [
          toVariable(id, name),
          value,
        ]),
      )
      const argv = ['request', id, example.method, example.path, '--signer-command', signer.command]
      expect({ id, ...(await runCommand(argv, { env })) }).toMatchObject({ id, stderr: '', exitCode: 0 })
    }
  })
})

test('the option is a variable, its twin is a file, and flags come before variables before profiles', async () => {
  await using signer = await createSigner()
  await using profiles = await createProfiles(
    `[profiles.p]\nprovider = "cdata"\naccountId = "example"\nsignerCommand = "${signer.command} profile"\n`,
  )
  await profiles.local('.keep', '')
  const file = await profiles.file('command', `${signer.command} file\n`)
  const other = await profiles.file('other.pem', fixedKeys.rsa4096.privateKey)
  const { env: home, cwd } = profiles
  const name = 'COUNTERSIGN_CDATA_SIGNER_COMMAND'
  const runs: [string[], Record<string, string>, string][] = [
    [[], {}, 'profile'],
    [[], { [name]: `${signer.command} variable` }, 'variable'],
    [[], { [`${name}_FILE`]: file }, 'file'],
    [['--signer-command', `${signer.command} flag`], { [name]: 'nothing' }, 'flag'],
    [['--signer-command', `${signer.command} flag`], { COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }, 'flag'],
  ]
  for (const [argv, env] of runs) {
    const { stdout, stderr, exitCode } = await runCommand([...cdata, ...argv], {
      env: { ...home, ...env },
      cwd,
    })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    await verifyJwt(stdout.trim(), publicKey, { algorithm: 'RS256' })
  }
  const started = (await signer.log()).flatMap((entry) => entry['started'] ?? [])
  expect(started).toEqual(runs.map(([, , word]) => word))
  const byKey = await runCommand([...cdata, '--private-key', other], {
    env: { ...home, [name]: signer.command },
    cwd,
  })
  await verifyJwt(byKey.stdout.trim(), fixedKeys.rsa4096.publicKey, { algorithm: 'RS256' })
  expect((await signer.log()).filter((entry) => 'started' in entry)).toHaveLength(runs.length)
})

test('a path in a profile counts from the folder of its file, and the program runs there', async () => {
  await using signer = await createSigner()
  await using profiles = await createProfiles(
    `[profiles.p]\nprovider = "cdata"\naccountId = "example"\nsignerCommand = "../${basename(signer.folder)}/sign.mjs 'two words'"\n`,
  )
  const { env, cwd } = profiles
  const missing = await runCommand(cdata, { env, cwd })
  expect(missing).toMatchObject({ stdout: '', exitCode: 2 })
  expect(missing.stderr).toContain(`counted from ${join(profiles.path, '..')}`)
  await profiles.file(
    'countersign.toml',
    `[profiles.p]\nprovider = "cdata"\naccountId = "example"\nsignerCommand = "${signer.command} 'two words'"\n`,
  )
  expect(await runCommand(cdata, { env, cwd })).toMatchObject({ stderr: '', exitCode: 0 })
  expect((await signer.log())[0]).toMatchObject({
    started: ['two words'],
    cwd: join(profiles.path, '..'),
  })
})

test('a key and a program at the same place are refused, before the program is started', async () => {
  await using signer = await createSigner()
  const key = join(signer.folder, 'key.pem')
  await using profiles = await createProfiles(
    `[profiles.p]\nprovider = "cdata"\naccountId = "example"\nsignerCommand = "${signer.command}"\nprivateKey = "${key}"\n`,
  )
  const { env, cwd } = profiles
  const both = [
    await runCommand([...cdata, '--signer-command', signer.command, '--private-key', key]),
    await runCommand(cdata, {
      env: { COUNTERSIGN_CDATA_SIGNER_COMMAND: signer.command, COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey },
    }),
    await runCommand(cdata, { env, cwd }),
  ]
  for (const { stdout, stderr, exitCode } of both) {
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain(
      '--private-key (COUNTERSIGN_CDATA_PRIVATE_KEY) and --signer-command (COUNTERSIGN_CDATA_SIGNER_COMMAND) cannot be used together.',
    )
  }
  expect(await signer.log()).toEqual([])
})

test('a provider without a private key does not take a program', async () => {
  const { stdout, stderr, exitCode } = await runCommand(['token', 'paymentsgate', '--signer-command', 'sign'])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('--signer-command is not an option of this provider')
})

test('a program belongs to its kind of credentials: it puts those of a client secret aside', async () => {
  await using signer = await createSigner()
  const others = { COUNTERSIGN_VICTOR_CLIENT_ID: 'c', COUNTERSIGN_VICTOR_CLIENT_SECRET: 's' }
  const env = { COUNTERSIGN_VICTOR_API_KEY: 'a', ...others }
  const argv = ['token', 'victor', '--environment', 'staging', '--signer-command', signer.command]
  const { stdout, stderr, exitCode } = await runCommand(argv, { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  await verifyJwt(stdout.trim(), publicKey, { algorithm: 'RS512' })
})

test('the emulator in the process has a key of its own, and starts no program', async () => {
  await using signer = await createSigner()
  const argv = ['token', 'cdata', '--environment', 'emulator', '--signer-command', signer.command]
  expect(await runCommand(argv)).toMatchObject({ stderr: '', exitCode: 0 })
  expect(await signer.log()).toEqual([])
})

test('the program sees none of the variables of the command', async () => {
  await using signer = await createSigner()
  const env = {
    PATH: process.env['PATH'] ?? '',
    COUNTERSIGN_TOKEN_STORE_KEYS: 'secret',
    Countersign_x: 'y',
    OWN: '1',
  }
  await runCommand([...cdata, '--signer-command', signer.command], { env })
  const [{ variables } = {}] = (await signer.log()) as [{ variables: string[] }]
  expect(variables).toEqual(expect.arrayContaining(['OWN', 'PATH']))
  expect(variables?.filter((name) => /countersign/i.test(name))).toEqual([])
})

test('a token that was exchanged with a program is not kept on disk', async () => {
  await using signer = await createSigner()
  await withEmulator(['speeda', '--register', `speeda=${signer.publicKey}`, '--json'], async (served) => {
    const { baseUrl, credentials } = servedAt(served, 'speeda')
    const env = { XDG_CACHE_HOME: signer.folder }
    const before = await readdir(signer.folder)
    const { clientId = '', keyId = '' } = credentials
    const ids = ['--client-id', clientId, '--key-id', keyId, '--base-url', baseUrl]
    const tokens = []
    for (const _time of [1, 2]) {
      const argv = ['token', 'speeda', ...ids, '--signer-command', signer.command]
      tokens.push((await runCommand(argv, { env })).stdout)
    }
    expect(new Set(tokens).size).toBe(2)
    expect((await readdir(signer.folder)).filter((name) => !before.includes(name))).toEqual(['log'])
  })
})

test('whoami and doctor report the public key of the program', async () => {
  await using signer = await createSigner()
  const options = ['--account-id', 'example', '--signer-command', signer.command]
  const { thumbprint } = await inspectKey(publicKey)
  const who = await runCommand(['whoami', 'cdata', ...options, '--json'])
  expect(JSON.parse(who.stdout)).toMatchObject({
    providers: [
      {
        values: {
          signerCommand: { value: signer.command, source: '--signer-command' },
          privateKey: { value: `thumbprint ${thumbprint}`, source: '--signer-command' },
        },
      },
    ],
  })
})

test('jwt sign takes a program, for every algorithm', async () => {
  await using signer = await createSigner()
  for (const algorithm of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const) {
    const argv = [
      'jwt',
      'sign',
      'sub=me',
      '--alg',
      algorithm,
      '--kid',
      '7',
      '--signer-command',
      signer.command,
    ]
    const { stdout, exitCode } = await runCommand(argv)
    expect(exitCode).toBe(0)
    const { claims } = await verifyJwt(stdout.trim(), publicKey, { algorithm, requireExpiry: false } as never)
    expect(claims).toMatchObject({ sub: 'me' })
  }
  expect((await signer.log())[1]).toMatchObject({ keyId: '7' })
  const both = ['--signer-command', 'x', '--key', 'y', '--alg', 'RS256']
  expect(await runCommand(['jwt', 'sign', ...both])).toMatchObject({ stdout: '', exitCode: 2 })
})

test('init stores the program so that it is found from the folder of the file', async () => {
  await using signer = await createSigner()
  await using profiles = await createProfiles()
  const { env: home } = profiles
  const env = { ...home, PATH: process.env['PATH'] ?? '' }
  const cwd = () => signer.folder
  const init = (...more: string[]) =>
    runCommand(['init', 'cdata', '--account-id', 'a', '--yes', ...more], { env, cwd })
  expect(await init('--signer-command', "node sign.mjs 'two words'")).toMatchObject({ exitCode: 0 })
  expect(await readFile(profiles.path, 'utf8')).toContain(
    `signerCommand = "node ${join(signer.folder, 'sign.mjs')} 'two words'"`,
  )
  expect(await runCommand(['token', 'cdata'], { env })).toMatchObject({ stderr: '', exitCode: 0 })
  expect((await signer.log()).at(-3)).toMatchObject({ started: ['two words'] })
  // What is not given stays.
  expect(await init('--force', '--sub-account-id', 's')).toMatchObject({ exitCode: 0 })
  expect(await readFile(profiles.path, 'utf8')).toContain('signerCommand')
  const both = await init('--force', '--signer-command', './sign.mjs', '--private-key', 'key.pem')
  expect(both).toMatchObject({ stdout: '', exitCode: 2 })
  expect(both.stderr).toContain('cannot be used together')
})
