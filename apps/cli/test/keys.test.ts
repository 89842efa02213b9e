import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmod, lstat, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { providerNames } from '../src/providers.ts'
import { createScratch, type Outcome, runCommand, type Scratch } from './run-command.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const passphrase = 'correct horse battery staple'
const sealed = { env: { COUNTERSIGN_PASSPHRASE: passphrase } }
const key = createPrivateKey(rsa2048.privateKey)
const legacy = key.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()
const modeOf = async (path: string) => (await stat(path)).mode & 0o777
const read = (path: string) => readFile(path, 'utf8')

/** Nothing that was printed holds a line of the key. */
function expectNoKey({ stdout, stderr }: Outcome, pem: string = rsa2048.privateKey): void {
  const lines = pem.split('\n').filter((line) => line.length > 40)
  for (const line of lines) expect(stdout + stderr).not.toContain(line)
}

function expectFailure(outcome: Outcome, exitCode: number, code: string, words = ''): void {
  expect(outcome).toMatchObject({ stdout: '', exitCode, stderr: expect.stringMatching(`^${code}: `) })
  expect(outcome.stderr).toContain(words)
  expectNoKey(outcome)
}

async function generate(scratch: Scratch, ...more: string[]): Promise<Outcome> {
  return runCommand(['keys', 'generate', '--out', join(scratch.path, 'key.pem'), ...more])
}

describe('keys generate', () => {
  test('writes a pair: the private file for its owner alone, and no key in what is printed', async () => {
    await using scratch = await createScratch()
    const outcome = await generate(scratch)
    expect(outcome.exitCode).toBe(0)
    const [privatePath, publicPath] = ['key.pem', 'public_key.pem'].map((name) => join(scratch.path, name))
    const pem = await read(privatePath as string)
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength).toBe(2048)
    const publicPem = createPublicKey(pem).export({ type: 'spki', format: 'pem' })
    expect(await read(publicPath as string)).toBe(publicPem)
    expect(await modeOf(privatePath as string)).toBe(0o600)
    expect((await readdir(scratch.path)).sort()).toEqual(['key.pem', 'public_key.pem'])
    expect(outcome.stderr).toContain('readable only by you')
    expectNoKey(outcome, pem)
  })

  test('--json says where the files are and which key it is', async () => {
    await using scratch = await createScratch()
    const { stdout } = await generate(scratch, '--public-out', join(scratch.path, 'p.pem'), '--json')
    const value = JSON.parse(stdout) as Record<string, unknown>
    const publicKey = createPublicKey(await read(join(scratch.path, 'p.pem')))
    const { n, e } = publicKey.export({ format: 'jwk' })
    const hash = (data: string | Buffer, to: 'base64' | 'base64url') =>
      createHash('sha256').update(data).digest(to)
    expect(value).toEqual({
      privateKeyFile: join(scratch.path, 'key.pem'),
      publicKeyFile: join(scratch.path, 'p.pem'),
      bits: 2048,
      thumbprint: hash(JSON.stringify({ e, kty: 'RSA', n }), 'base64url'),
      spkiSha256: hash(publicKey.export({ type: 'spki', format: 'der' }), 'base64'),
    })
  })

  test.each(['private', 'public'])(
    'the %s file that is there is kept, unless --force says so',
    async (which) => {
      await using scratch = await createScratch()
      const there = await scratch.file(which === 'private' ? 'key.pem' : 'public_key.pem', 'kept')
      expectFailure(await generate(scratch), 2, 'CONFIG_INVALID', '--force')
      expect(await read(there)).toBe('kept')
      expect(await readdir(scratch.path)).toHaveLength(1)
      await chmod(there, 0o666)
      expect((await generate(scratch, '--force')).exitCode).toBe(0)
      expect(await read(there)).toMatch(/^-----BEGIN P/)
      expect(await modeOf(join(scratch.path, 'key.pem'))).toBe(0o600)
    },
  )

  test('a link that leads nowhere is a file that is there; --force replaces the link, not its target', async () => {
    await using scratch = await createScratch()
    const target = await scratch.file('target', 'kept')
    await symlink(target, join(scratch.path, 'key.pem'))
    expectFailure(await generate(scratch), 2, 'CONFIG_INVALID', '--force')
    expect((await generate(scratch, '--force')).exitCode).toBe(0)
    expect(await read(target)).toBe('kept')
    expect((await lstat(join(scratch.path, 'key.pem'))).isSymbolicLink()).toBe(false)
  })

  test.each([3072, 4096])('--bits %i', async (bits) => {
    await using scratch = await createScratch()
    await generate(scratch, '--bits', String(bits))
    const pem = await read(join(scratch.path, 'key.pem'))
    expect(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength).toBe(bits)
  })

  test('the passphrase of the variable encrypts it, by scrypt and AES-256', async () => {
    await using scratch = await createScratch()
    const out = join(scratch.path, 'key.pem')
    const outcome = await runCommand(['keys', 'generate', '--out', out], sealed)
    const pem = await read(out)
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    expect(createPrivateKey({ key: pem, passphrase }).asymmetricKeyType).toBe('rsa')
    const der = Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64').toString('hex')
    for (const oid of ['2a864886f70d01050d', '2b06010401da47040b', '60864801650304012a'])
      expect(der).toContain(oid)
    expect(outcome.stdout + outcome.stderr).not.toContain(passphrase)
    expect(await modeOf(out)).toBe(0o600)
  })

  test('--encrypt takes the passphrase from a person, twice, or from the first line of stdin', async () => {
    await using scratch = await createScratch()
    const argv = ['keys', 'generate', '--force', '--encrypt', '--out', join(scratch.path, 'key.pem')]
    const opens = async () =>
      createPrivateKey({ key: await read(join(scratch.path, 'key.pem')), passphrase }).asymmetricKeyType
    expect((await runCommand(argv, { stdin: `${passphrase}\nmore` })).exitCode).toBe(0)
    expect(await opens()).toBe('rsa')
    const prompts: string[] = []
    const askSecret = async (prompt: string) => {
      prompts.push(prompt)
      return passphrase
    }
    expect((await runCommand(argv, { askSecret })).exitCode).toBe(0)
    expect([await opens(), prompts.length]).toEqual(['rsa', 2])
    let asked = 0
    const differing = async () => `${passphrase}${asked++}`
    expectFailure(await runCommand(argv, { askSecret: differing }), 2, 'CONFIG_INVALID', 'differ')
    expectFailure(await runCommand(argv, { stdin: '\n' }), 2, 'CONFIG_INVALID', 'COUNTERSIGN_PASSPHRASE')
  })

  test('the private key is on stdout when that is asked for, alone, and in no file', async () => {
    for (const words of [['--out', '-'], ['--stdout']]) {
      const { stdout, exitCode } = await runCommand(['keys', 'generate', ...words])
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n$/)
    }
  })

  test.each([
    [['--bits', '1024'], '2048, 3072 or 4096'],
    [['--provider', 'nobody'], providerNames()],
    [['--passphrase', 'hunter2hunter2'], 'COUNTERSIGN_PASSPHRASE'],
    [['--passphrase=hunter2hunter2'], 'COUNTERSIGN_PASSPHRASE'],
    [['--stdout', '--json'], '--json'],
    [['--stdout', '--out', 'x'], '--stdout'],
    [['--out', '/nowhere/at/all.pem'], 'ENOENT'],
    [['--out', 'same.pem', '--public-out', 'same.pem'], 'same name'],
    [['--subject', 'CN=x'], '--csr-out'],
    [['--public-out', '-'], 'need a file'],
  ])('%j is a usage error', async (words, said) => {
    const outcome = await runCommand(['keys', 'generate', ...words])
    expectFailure(outcome, 2, 'CONFIG_INVALID', said)
    expect(outcome.stderr).not.toContain('hunter2')
  })

  test.each([
    ['speeda', 2048, 'Customer Success Manager'],
    ['cdata', 4096, 'support ticket'],
    ['utgl', 4096, 'implementation manager'],
    ['victor', 2048, 'does not document whether you can send a key'],
    ['paymentsgate', 2048, '--form base64'],
  ])('--provider %s follows its advice and says what to send to whom', async (provider, bits, words) => {
    await using scratch = await createScratch()
    const out = join(scratch.path, 'key.pem')
    const argv = ['keys', 'generate', '--provider', provider, '--out', out]
    const { stdout, stderr, exitCode } = await runCommand([...argv, '--json'])
    expect(exitCode).toBe(0)
    const { csrFile, ...value } = JSON.parse(stdout) as Record<string, unknown>
    expect(value).toMatchObject({ bits, publicKeyFile: join(scratch.path, `${provider}_public_key.pem`) })
    expect(stderr).toContain(words)
    expect(stderr).toMatch(/Source: https:\/\//)
    expect(csrFile).toBe(provider === 'utgl' ? join(scratch.path, 'utgl_request.csr') : undefined)
    if (provider === 'utgl') expect(await read(csrFile as string)).toMatch(/^-----BEGIN CERTIFICATE REQUEST/)
    const quiet = await runCommand([...argv, '--bits', '2048', '--force', '--quiet'])
    expect(quiet.stderr).toBe('')
  })

  test('fewer bits than a provider advises are told', async () => {
    await using scratch = await createScratch()
    const { stderr } = await generate(scratch, '--provider', 'cdata', '--bits', '2048')
    expect(stderr).toContain('advises 4096 bits; this key has 2048')
  })
})

describe('keys inspect', () => {
  test.each([
    ['PKCS#8', rsa2048.privateKey, { form: 'pkcs8', container: 'pem', type: 'private' }],
    ['PKCS#1 DER', key.export({ type: 'pkcs1', format: 'der' }), { form: 'pkcs1', container: 'der' }],
    ['a public key', rsa2048.publicKey, { form: 'spki', type: 'public' }],
    ['a JWK', JSON.stringify(key.export({ format: 'jwk' })), { form: 'jwk', type: 'private' }],
  ])('describes %s', async (_what, stdin, facts) => {
    const { stdout, exitCode } = await runCommand(['keys', 'inspect', '-', '--json'], { stdin })
    const { n, e } = key.export({ format: 'jwk' })
    const thumbprint = createHash('sha256')
      .update(JSON.stringify({ e, kty: 'RSA', n }))
      .digest('base64url')
    const spkiSha256 = createHash('sha256')
      .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
      .digest('base64')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ...facts,
      bits: 2048,
      encrypted: false,
      thumbprint,
      spkiSha256,
    })
  })

  test('an encrypted key is inspected as far as it can be seen, and whole with the passphrase', async () => {
    const pkcs8 = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    for (const [stdin, form] of [
      [pkcs8.toString(), 'pkcs8'],
      [legacy, 'pkcs1'],
    ] as const) {
      const outside = { form, container: 'pem', type: 'private', encrypted: true }
      const shut = await runCommand(['keys', 'inspect', '-', '--json'], { stdin })
      expect([JSON.parse(shut.stdout), shut.exitCode]).toEqual([outside, 0])
      const open = await runCommand(['keys', 'inspect', '-', '--json'], { stdin, ...sealed })
      expect(JSON.parse(open.stdout)).toMatchObject({
        ...outside,
        bits: 2048,
        thumbprint: expect.any(String),
      })
      const wrong = { stdin, env: { COUNTERSIGN_PASSPHRASE: 'wrong' } }
      expectFailure(
        await runCommand(['keys', 'inspect', '-'], wrong),
        3,
        'KEY_PASSPHRASE_WRONG',
        'taken from COUNTERSIGN_PASSPHRASE',
      )
    }
  })

  test('a private file that others can read is told, a public one is not', async () => {
    await using scratch = await createScratch()
    const file = await scratch.file('it is.pem', rsa2048.privateKey)
    await chmod(file, 0o640)
    const { stdout, stderr } = await runCommand(['keys', 'inspect', file, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ fileMode: '0640' })
    expect(stderr).toBe(`Other users can read this private key. Run: chmod 600 '${file}'\n`)
    await chmod(file, 0o600)
    expect((await runCommand(['keys', 'inspect', file])).stderr).toBe('')
    const shown = await scratch.file('public.pem', rsa2048.publicKey)
    expect((await runCommand(['keys', 'inspect', shown])).stderr).toBe('')
  })

  test('two files belong together, or the command exits 6', async () => {
    await using scratch = await createScratch()
    const mine = await scratch.file('mine.pem', rsa2048.publicKey)
    const other = await scratch.file('other.pem', otherRsa2048.publicKey)
    const ask = (file: string, ...more: string[]) =>
      runCommand(['keys', 'inspect', '-', '--with', file, ...more], { stdin: rsa2048.privateKey })
    expect(JSON.parse((await ask(mine, '--json')).stdout)).toMatchObject({ belongsTogether: true })
    expect(await ask(mine)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/belong together +yes/),
    })
    const apart = await ask(other, '--json')
    expect(JSON.parse(apart.stdout)).toMatchObject({ belongsTogether: false })
    expect(apart).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('do not belong together') })
    const shut = await runCommand(['keys', 'inspect', '-', '--with', mine], { stdin: legacy })
    expectFailure(shut, 3, 'KEY_ENCRYPTED', 'COUNTERSIGN_PASSPHRASE')
  })

  test('a key that is too short is inspected, and said to be so', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const stdin = short.export({ type: 'pkcs8', format: 'pem' }).toString()
    const { stdout, stderr, exitCode } = await runCommand(['keys', 'inspect', '-', '--json'], { stdin })
    expect([exitCode, (JSON.parse(stdout) as { bits: number }).bits]).toEqual([0, 1024])
    expect(stderr).toContain('KEY_TOO_SHORT')
  })

  test('the key of a JWK Set is picked by its kid', async () => {
    const jwk = (pem: string, kid: string) => ({ ...createPublicKey(pem).export({ format: 'jwk' }), kid })
    const stdin = JSON.stringify({
      keys: [jwk(rsa2048.publicKey, 'a'), jwk(fixedKeys.rsa4096.publicKey, 'b')],
    })
    const { stdout } = await runCommand(['keys', 'inspect', '-', '--key-id', 'b', '--json'], { stdin })
    expect(JSON.parse(stdout)).toMatchObject({ bits: 4096 })
    expectFailure(await runCommand(['keys', 'inspect', '-'], { stdin }), 3, 'KEY_MALFORMED', 'several keys')
  })
})

describe('keys public', () => {
  const half = createPublicKey(key)
  const { n, e } = half.export({ format: 'jwk' })
  test.each([
    ['pem', half.export({ type: 'spki', format: 'pem' })],
    ['pkcs1', half.export({ type: 'pkcs1', format: 'pem' })],
    ['base64', `${Buffer.from(half.export({ type: 'spki', format: 'pem' })).toString('base64')}\n`],
    ['jwk', `${JSON.stringify({ kty: 'RSA', kid: 'k', n, e })}\n`],
    ['jwks', `${JSON.stringify({ keys: [{ kty: 'RSA', kid: 'k', n, e }] })}\n`],
  ])('--form %s is the public half and nothing else', async (form, wanted) => {
    for (const stdin of [rsa2048.privateKey, rsa2048.publicKey, legacy]) {
      const argv = ['keys', 'public', '-', '--form', form, '--key-id', 'k']
      const outcome = await runCommand(argv, { stdin, ...sealed })
      expect(outcome).toEqual({ stdout: wanted, stderr: '', exitCode: 0 })
    }
  })

  test('--form der goes to a file or a pipe, never to a screen', async () => {
    await using scratch = await createScratch()
    const out = join(scratch.path, 'public.der')
    const argv = ['keys', 'public', '-', '--form', 'der']
    await runCommand([...argv, '--out', out], { stdin: rsa2048.privateKey })
    expect(await readFile(out)).toEqual(half.export({ type: 'spki', format: 'der' }))
    const again = await runCommand([...argv, '--out', out], { stdin: rsa2048.privateKey })
    expectFailure(again, 2, 'CONFIG_INVALID', '--force')
    const screen = await runCommand([...argv, '--no-color'], { stdin: rsa2048.privateKey, isTTY: true })
    expectFailure(screen, 2, 'CONFIG_INVALID', '--out FILE')
  })

  test('--json is one value', async () => {
    const value = async (form: string) =>
      JSON.parse(
        (await runCommand(['keys', 'public', '-', '--form', form, '--json'], { stdin: rsa2048.privateKey }))
          .stdout,
      ) as { publicKey: unknown }
    expect(await value('pem')).toEqual({ form: 'pem', publicKey: rsa2048.publicKey })
    expect((await value('jwk')).publicKey).toEqual({ kty: 'RSA', n, e })
    expect((await value('der')).publicKey).toBe(
      half.export({ type: 'spki', format: 'der' }).toString('base64'),
    )
  })

  test.each<[string, string | Uint8Array, number, string]>([
    ['no key', 'no key', 3, 'KEY_MALFORMED'],
    ['an empty file', '', 3, 'KEY_MALFORMED'],
    ['an encrypted key', legacy, 3, 'KEY_ENCRYPTED'],
    ['the first line of a key', rsa2048.privateKey.split('\n').slice(0, 2).join('\n'), 3, 'KEY_TRUNCATED'],
    ['64 KiB and more', 'A'.repeat(70_000), 3, 'KEY_MALFORMED'],
  ])('%s is a key error, for every command that takes a key', async (_what, stdin, exitCode, code) => {
    for (const argv of [
      ['keys', 'public', '-'],
      ['keys', 'convert', '-', '--to', 'pkcs8', '--out', '-'],
      ['keys', 'csr', '-', '--subject', 'CN=x'],
      ['jwt', 'sign', '--key', '-', '--alg', 'RS256'],
    ])
      expectFailure(await runCommand(argv, { stdin }), exitCode, code)
  })

  test('a file that cannot be read is a usage error', async () => {
    for (const command of ['inspect', 'public'])
      expectFailure(await runCommand(['keys', command, '/nowhere']), 2, 'CONFIG_INVALID', 'ENOENT')
  })
})

describe('keys convert', () => {
  const same = (content: string | Buffer, format: 'pem' | 'der' | 'jwk', type: 'pkcs8' | 'pkcs1' = 'pkcs8') =>
    createPrivateKey({ key: content, format, type } as never).equals(key)
  test.each<[string, (content: Buffer) => boolean]>([
    ['pkcs8', (it) => /^-----BEGIN PRIVATE/.test(it.toString()) && same(it, 'pem')],
    ['pkcs1', (it) => /^-----BEGIN RSA PRIVATE/.test(it.toString()) && same(it, 'pem')],
    ['der', (it) => same(it, 'der')],
    ['pkcs1-der', (it) => same(it, 'der', 'pkcs1')],
    ['jwk', (it) => JSON.parse(it.toString()).kid === 'k' && same(JSON.parse(it.toString()), 'jwk')],
    ['jwks', (it) => same(JSON.parse(it.toString()).keys[0], 'jwk')],
    ['base64', (it) => same(Buffer.from(it.toString(), 'base64'), 'pem')],
  ])('--to %s writes the same key, for its owner alone, and prints none of it', async (form, holds) => {
    await using scratch = await createScratch()
    const out = join(scratch.path, 'out')
    for (const stdin of [rsa2048.privateKey, key.export({ type: 'pkcs1', format: 'der' }), legacy]) {
      const argv = ['keys', 'convert', '-', '--to', form, '--out', out, '--key-id', 'k', '--force']
      const outcome = await runCommand(argv, { stdin, ...sealed })
      expect(outcome).toMatchObject({ stdout: '', exitCode: 0 })
      expect(holds(await readFile(out))).toBe(true)
      expect(await modeOf(out)).toBe(0o600)
      expectNoKey(outcome)
    }
    const back = await runCommand(['keys', 'convert', out, '--to', 'pkcs8', '--out', '-'])
    expect(back).toEqual({ stdout: rsa2048.privateKey, stderr: '', exitCode: 0 })
  })

  test.each(['pkcs8', 'der', 'base64'])('--encrypt seals %s', async (form) => {
    await using scratch = await createScratch()
    const out = join(scratch.path, 'out')
    const argv = ['keys', 'convert', '-', '--to', form, '--out', out, '--encrypt', '--json']
    const { stdout } = await runCommand(argv, { stdin: rsa2048.privateKey, ...sealed })
    expect(JSON.parse(stdout)).toEqual({ file: out, form, type: 'private', encrypted: true })
    expectFailure(await runCommand(['keys', 'public', out]), 3, 'KEY_ENCRYPTED')
    expect((await runCommand(['keys', 'public', out], sealed)).stdout).toBe(rsa2048.publicKey)
  })

  test.each([
    [['--to', 'pkcs8'], 'printed by --out - alone'],
    [['--out', 'x'], '--to is missing'],
    [['--to', 'nothing', '--out', 'x'], 'pkcs8, pkcs1, der'],
    [['--to', 'jwk', '--out', 'x', '--encrypt'], 'cannot be encrypted'],
    [['--to', 'pkcs8', '--out', '-', '--json'], '--json never holds a key'],
    [['--to', 'pkcs8', '--out', '-', '--encrypt'], 'Only one option can read from stdin'],
  ])('%j is a usage error', async (words, said) => {
    const outcome = await runCommand(['keys', 'convert', '-', ...words], { stdin: rsa2048.privateKey })
    expectFailure(outcome, 2, 'CONFIG_INVALID', said)
  })

  test('a file that is there is kept', async () => {
    await using scratch = await createScratch()
    const out = await scratch.file('out', 'kept')
    const argv = ['keys', 'convert', '-', '--to', 'jwk', '--out', out]
    expectFailure(await runCommand(argv, { stdin: rsa2048.privateKey }), 2, 'CONFIG_INVALID', '--force')
    expect(await read(out)).toBe('kept')
  })

  test('a public key is converted as one; it becomes no PKCS#8', async () => {
    const stdin = rsa2048.publicKey
    const { stdout } = await runCommand(['keys', 'convert', '-', '--to', 'jwk'], { stdin })
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['kty', 'n', 'e'])
    expectFailure(
      await runCommand(['keys', 'convert', '-', '--to', 'pkcs8'], { stdin }),
      3,
      'KEY_NOT_PRIVATE',
    )
  })

  test('a key whose numbers do not belong together is refused', async () => {
    const jwk = {
      ...key.export({ format: 'jwk' }),
      n: createPublicKey(otherRsa2048.publicKey).export({ format: 'jwk' }).n,
    }
    const argv = ['keys', 'convert', '-', '--to', 'pkcs8', '--out', '-']
    expectFailure(await runCommand(argv, { stdin: JSON.stringify(jwk) }), 3, 'KEY_MALFORMED')
  })
})

describe('keys csr', () => {
  test.each([
    [[], 'CONFIG_INVALID', '--subject is missing'],
    [['--subject', 'example'], 'CONFIG_INVALID', 'CN=example,O=Example'],
    [['--subject', 'CN='], 'CONFIG_INVALID', 'no value'],
    [['--subject', 'CN=a,,O=b'], 'CONFIG_INVALID', 'empty part'],
    [['--subject', 'X=a'], 'CONFIG_INVALID', 'CN, '],
    [['--subject', 'C=Germany'], 'CONFIG_INVALID', 'two letters'],
    [['--subject', 'CN=a', '--alg', 'none'], 'CONFIG_INVALID', 'RS256, RS384, RS512, PS256, PS384 or PS512'],
  ])('%j is a usage error', async (words, code, said) => {
    const outcome = await runCommand(['keys', 'csr', '-', ...words], { stdin: rsa2048.privateKey })
    expectFailure(outcome, 2, code, said)
  })

  test('needs a private key of 2048 bits', async () => {
    const argv = ['keys', 'csr', '-', '--subject', 'CN=a']
    expectFailure(await runCommand(argv, { stdin: rsa2048.publicKey }), 3, 'KEY_NOT_PRIVATE')
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const stdin = short.export({ type: 'pkcs8', format: 'pem' }).toString()
    expectFailure(await runCommand(argv, { stdin }), 3, 'KEY_TOO_SHORT')
  })

  test('goes to stdout, into JSON, or into a file that is not replaced', async () => {
    await using scratch = await createScratch()
    const argv = ['keys', 'csr', '-', '--subject', 'CN=a,O=b']
    const stdin = rsa2048.privateKey
    const printed = await runCommand(argv, { stdin })
    expect(printed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse((await runCommand([...argv, '--json'], { stdin })).stdout)).toEqual({
      csr: printed.stdout,
    })
    const out = join(scratch.path, 'request.csr')
    expect((await runCommand([...argv, '--out', out, '--json'], { stdin })).stdout).toBe(
      `{"csrFile":"${out}"}\n`,
    )
    expect(await read(out)).toBe(printed.stdout)
    expectFailure(await runCommand([...argv, '--out', out], { stdin }), 2, 'CONFIG_INVALID', '--force')
  })
})

describe('a new key beside another one', () => {
  test.each([
    ['enc.pem', 'enc_public_key.pem'],
    ['acme_private_key.pem', 'acme_public_key.pem'],
    ['private_key.pem', 'public_key.pem'],
    ['key.pem', 'public_key.pem'],
  ])('%s has the public key %s', async (name, publicName) => {
    await using scratch = await createScratch()
    const other = publicName === 'public_key.pem' ? 'other_public_key.pem' : 'public_key.pem'
    await scratch.file(other, 'of another key')
    const out = join(scratch.path, name)
    const outcome = await runCommand(['keys', 'generate', '--out', out, '--json'])
    expect(JSON.parse(outcome.stdout)).toMatchObject({ publicKeyFile: join(scratch.path, publicName) })
    expect(await readFile(join(scratch.path, other), 'utf8')).toBe('of another key')
  })
})

describe('passphrases', () => {
  test.each(['abc', '1234567', '🔑🔑🔑🔑'])('%s is too short to encrypt a key', async (short) => {
    await using scratch = await createScratch()
    const argv = ['keys', 'generate', '--encrypt', '--out', join(scratch.path, 'key.pem')]
    for (const given of [
      { env: { COUNTERSIGN_PASSPHRASE: short } },
      { stdin: `${short}\n` },
      { askSecret: async () => short },
    ]) {
      const outcome = await runCommand(argv, given)
      expect(outcome).toMatchObject({
        stdout: '',
        exitCode: 2,
        stderr: expect.stringContaining('at least 8 characters'),
      })
      expect(outcome.stderr).not.toContain(short)
    }
    expect(await readdir(scratch.path)).toEqual([])
  })

  test('that open a key are asked for at a terminal, by every command that uses the key', async () => {
    await using scratch = await createScratch()
    const key = join(scratch.path, 'key.pem')
    expect((await runCommand(['keys', 'generate', '--encrypt', '--out', key], sealed)).exitCode).toBe(0)
    const asked: string[] = []
    const askSecret = async (prompt: string) => {
      asked.push(prompt)
      return passphrase
    }
    const calls = [
      ['token', 'cdata', '--account-id', 'a', '--private-key', key],
      ['keys', 'public', key],
      ['jwt', 'sign', 'sub=me', '--key', key, '--alg', 'RS256'],
    ]
    for (const argv of calls)
      expect(await runCommand(argv, { askSecret })).toMatchObject({ stderr: '', exitCode: 0 })
    expect(asked).toEqual([
      'Passphrase of the key for cdata: ',
      'Passphrase of the key: ',
      'Passphrase of the key: ',
    ])
    const given = { askSecret, env: { COUNTERSIGN_CDATA_PASSPHRASE: passphrase } }
    await runCommand(calls[0] as string[], given)
    expect(asked).toHaveLength(3)
    for (const argv of calls) {
      const outcome = await runCommand(argv, { askSecret: async () => '' })
      expect(outcome).toMatchObject({
        stdout: '',
        exitCode: 3,
        stderr: expect.stringMatching(/^KEY_ENCRYPTED: /),
      })
    }
  })
})
