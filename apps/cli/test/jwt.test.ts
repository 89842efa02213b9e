import { constants, createPrivateKey, createPublicKey, verify as nodeVerify } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, handMadeJwt, hmacSignature, noSignature, rsaSignature } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createScratch, type Outcome, runCommand, type Scratch } from './run-command.ts'

const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants
const clock = createFixedClock()
const seconds = Math.floor(clock.now() / 1000)
const { rsa2048, otherRsa2048 } = fixedKeys
const passphrase = 'correct horse battery staple'
const legacy = createPrivateKey(rsa2048.privateKey)
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase })
  .toString()
const claims = { iss: 'hans', aud: ['a', 'b'], iat: seconds, nbf: seconds, exp: seconds + 60 }
const make = (header: object = {}, more: object = {}, signature = rsaSignature(rsa2048.privateKey)) =>
  handMadeJwt({ alg: 'RS256', typ: 'JWT', ...header }, { ...claims, ...more }, signature)
const token = make()

function expectFailure(outcome: Outcome, exitCode: number, code: string, words = ''): void {
  expect(outcome).toMatchObject({ stdout: '', exitCode, stderr: expect.stringMatching(`^${code}: `) })
  expect(outcome.stderr).toContain(words)
  for (const line of rsa2048.privateKey.split('\n').filter(({ length }) => length > 40))
    expect(outcome.stderr).not.toContain(line)
}

const keyFile = (scratch: Scratch) => scratch.file('public_key.pem', rsa2048.publicKey)
const jwt = (argv: readonly string[], stdin = '') => runCommand(['jwt', ...argv], { stdin, clock })

describe('jwt decode', () => {
  const header = { alg: 'RS256', typ: 'JWT' }
  test.each([
    ['an argument', [token], ''],
    ['-', ['-'], `${token}\n`],
    ['stdin', [], token],
    ['an Authorization header', [`Authorization: Bearer ${token}`], ''],
  ])('reads the token from %s; --json says that it is not verified', async (_what, argv, stdin) => {
    const outcome = await jwt(['decode', ...argv, '--json'], stdin)
    expect(outcome).toMatchObject({ stderr: '', exitCode: 0 })
    expect(JSON.parse(outcome.stdout)).toEqual({ header, claims, verified: false })
  })

  test('people are told that it is not verified, and what the times mean', async () => {
    const { stdout } = await jwt(['decode', token])
    expect(stdout).toMatch(/^NOT VERIFIED: /)
    expect(stdout).toMatch(/exp: \d+ {2}\d{4}-.*Z \(in 1 min\)/)
    expect(stdout).toMatch(/nbf: \d+ {2}\d{4}-.*Z \(now\)/)
    expect((await jwt(['decode', token, '--quiet'])).stdout).toBe(stdout)
  })

  test('with a key and an algorithm the signature is verified, an expired one too', async () => {
    await using scratch = await createScratch()
    const named = ['--key', await keyFile(scratch), '--alg', 'RS256']
    const expired = make({}, { exp: seconds - 5 })
    const { stdout } = await jwt(['decode', expired, ...named])
    expect(stdout).not.toContain('NOT VERIFIED')
    expect(stdout).toContain('(5 s ago)')
    expect(JSON.parse((await jwt(['decode', token, ...named, '--json'])).stdout)).toMatchObject({
      verified: true,
    })
    const forged = make({}, {}, rsaSignature(otherRsa2048.privateKey))
    expectFailure(await jwt(['decode', forged, ...named]), 6, 'SIGNATURE_INVALID')
  })

  test('a token cannot choose the algorithm of a key without one', async () => {
    expectFailure(await jwt(['decode', token, '--key', 'x']), 2, 'CONFIG_INVALID', '--alg')
    expectFailure(await jwt(['decode', token, '--alg', 'RS256']), 2, 'CONFIG_INVALID', '--key')
  })

  test('what a stranger wrote cannot move the cursor or turn the text', async () => {
    const { stdout } = await jwt(['decode', make({}, { 'a\u001b[2J': 'b\u001b[31m\u009b\u202e' })])
    expect(stdout).toContain('a\\u001b[2J: "b\\u001b[31m\\u009b\\u202e"')
    for (const character of '\u001b\u009b\u202e') expect(stdout).not.toContain(character)
  })

  test.each(['', 'a.b', 'no token', `${'A'.repeat(70_000)}.e30.x`])(
    'text that is not a token exits 6',
    async (stdin) => {
      expectFailure(await jwt(['decode', '-'], stdin), 6, 'TOKEN_MALFORMED')
    },
  )
})

describe('jwt verify', () => {
  test('prints the claims of a token that holds', async () => {
    await using scratch = await createScratch()
    const argv = ['verify', '-', '--key', await keyFile(scratch), '--alg', 'RS256']
    const { stdout, exitCode } = await jwt([...argv, '--issuer', 'hans', '--audience', 'b', '--json'], token)
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ header: { alg: 'RS256', typ: 'JWT' }, claims, verified: true })
    expect((await jwt(argv, token)).stdout).toMatch(/^Verified \(RS256\)\.\nheader\n[\s\S]*iss: "hans"/)
    const endless = handMadeJwt({ alg: 'RS256' }, {}, rsaSignature(rsa2048.privateKey))
    expect((await jwt(argv, endless)).stderr).toContain('no exp')
  })

  test.each([
    [[], '--key FILE and --alg NAME (such as RS256) are missing'],
    [['--key', 'x'], '--alg NAME (such as RS256) is missing'],
    [['--alg', 'RS256'], '--key FILE is missing'],
    [['--key', 'x', '--alg', 'none'], 'RS256, RS384, RS512, PS256, PS384 or PS512'],
    [['--key', 'x', '--alg', 'HS256'], 'RS256, RS384, RS512, PS256, PS384 or PS512'],
    [['--key', '/nowhere', '--alg', 'RS256'], 'ENOENT'],
    [['--key', '-', '--alg', 'RS256'], 'Only one option can read from stdin'],
    [['--passphrase', 'hunter2hunter2'], 'COUNTERSIGN_PASSPHRASE'],
  ])('%j is a usage error', async (words, said) => {
    expectFailure(await jwt(['verify', '-', ...words], token), 2, 'CONFIG_INVALID', said)
  })

  test.each<[string, string, string[], string]>([
    ['another signature', make({}, {}, rsaSignature(otherRsa2048.privateKey)), [], 'SIGNATURE_INVALID'],
    ['no signature', make({ alg: 'none' }, {}, noSignature), [], 'SIGNATURE_INVALID'],
    [
      'HMAC by the public key',
      make({ alg: 'HS256' }, {}, hmacSignature(rsa2048.publicKey)),
      [],
      'SIGNATURE_INVALID',
    ],
    ['an embedded key', make({ jwk: {} }), [], 'SIGNATURE_INVALID'],
    ['an end that has come', make({}, { exp: seconds }), [], 'RULE_VIOLATED'],
    ['an end out of tolerance', make({}, { exp: seconds - 30 }), ['--tolerance', '30s'], 'RULE_VIOLATED'],
    ['a beginning to come', make({}, { nbf: seconds + 1 }), [], 'RULE_VIOLATED'],
    ['another issuer', token, ['--issuer', 'grete'], 'RULE_VIOLATED'],
    ['another audience', token, ['--audience', 'c'], 'RULE_VIOLATED'],
    ['two parts', 'a.b', [], 'TOKEN_MALFORMED'],
  ])('a token with %s exits 6 and prints no claims', async (_what, stdin, words, code) => {
    await using scratch = await createScratch()
    const argv = ['verify', '-', '--key', await keyFile(scratch), '--alg', 'RS256', ...words, '--json']
    expectFailure(await jwt(argv, stdin), 6, code)
  })

  test('clocks may differ by as much as is said', async () => {
    await using scratch = await createScratch()
    const late = make({}, { exp: seconds - 29 })
    const argv = ['verify', late, '--key', await keyFile(scratch), '--alg', 'RS256', '--tolerance', '30s']
    expect((await jwt(argv)).exitCode).toBe(0)
  })

  test('of a JWK Set the key is taken that the token names', async () => {
    await using scratch = await createScratch()
    const jwk = (pem: string, kid: string) => ({ ...createPublicKey(pem).export({ format: 'jwk' }), kid })
    const keys = [jwk(otherRsa2048.publicKey, 'other'), jwk(rsa2048.publicKey, 'mine')]
    const file = await scratch.file('jwks.json', JSON.stringify({ keys }))
    const argv = (it: string) => ['verify', it, '--key', file, '--alg', 'RS256']
    expect((await jwt(argv(make({ kid: 'mine' })))).exitCode).toBe(0)
    const beside = { clock, env: { COUNTERSIGN_PASSPHRASE: passphrase } }
    expect((await runCommand(['jwt', ...argv(make({ kid: 'mine' }))], beside)).exitCode).toBe(0)
    for (const kid of ['other', 'nobody'])
      expectFailure(await jwt(argv(make({ kid }))), 6, 'SIGNATURE_INVALID')
  })

  test('a key that cannot verify exits 3', async () => {
    await using scratch = await createScratch()
    const bad = await scratch.file('bad.pem', 'no key')
    expectFailure(await jwt(['verify', token, '--key', bad, '--alg', 'RS256']), 3, 'KEY_MALFORMED')
  })
})

describe('jwt sign', () => {
  const sign = (argv: readonly string[], stdin = '', env = {}) =>
    runCommand(['jwt', 'sign', '--alg', 'RS256', ...argv], { stdin, clock, env })
  const read = (jws: string) =>
    jws.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object)

  test.each([
    ['RS256', 'sha256'],
    ['RS384', 'sha384'],
    ['RS512', 'sha512'],
    ['PS256', 'sha256'],
    ['PS384', 'sha384'],
    ['PS512', 'sha512'],
  ])('%s: prints only the token, and its signature is valid', async (alg, hash) => {
    for (const flag of ['--key', '--private-key']) {
      const argv = [
        'jwt',
        'sign',
        '--alg',
        alg,
        flag,
        '-',
        'iss=hans',
        'limit:=5',
        'on:=true',
        'list:=["a"]',
        'text=5',
        'e=',
      ]
      const { stdout, stderr, exitCode } = await runCommand(argv, { stdin: rsa2048.privateKey, clock })
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
      expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
      const [header = '', body = '', signature = ''] = stdout.trim().split('.')
      expect(read(stdout)).toEqual([
        { alg, typ: 'JWT' },
        { iss: 'hans', limit: 5, on: true, list: ['a'], text: '5', e: '', iat: seconds },
      ])
      const input = Buffer.from(`${header}.${body}`)
      const key = alg.startsWith('PS')
        ? { key: rsa2048.publicKey, padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST }
        : rsa2048.publicKey
      expect(nodeVerify(hash, input, key, Buffer.from(signature, 'base64url'))).toBe(true)
      const verified = await jwt(['verify', stdout.trim(), '--key', '-', '--alg', alg], rsa2048.publicKey)
      expect(verified.stdout).toMatch(`Verified (${alg}).`)
    }
  })

  test('times are relative to now; exp is counted from iat', async () => {
    await using scratch = await createScratch()
    const key = await scratch.file('key.pem', rsa2048.privateKey)
    const times = async (...words: string[]) => read((await sign(['--key', key, ...words])).stdout)[1]
    expect(await times('--expires-in', '30s')).toEqual({ iat: seconds, exp: seconds + 30 })
    expect(await times('--issued-at', '-5s', '--expires-in', '30s')).toEqual({
      iat: seconds - 5,
      exp: seconds + 25,
    })
    expect(await times('--issued-at', 'now', '--not-before', '10s')).toEqual({
      iat: seconds,
      nbf: seconds + 10,
    })
    expect(await times('--issued-at', '1700000000')).toEqual({ iat: 1_700_000_000 })
    expect(await times('iat:=5', '--expires-in', '1m')).toEqual({ iat: 5, exp: 65 })
  })

  test('claims come from a file, from stdin or as they are; words and flags come first', async () => {
    await using scratch = await createScratch()
    const key = await scratch.file('key.pem', rsa2048.privateKey)
    const json = '{"iss":"file","sub":"me","exp":1,"iat":2}'
    const file = await scratch.file('claims.json', json)
    for (const [source, stdin] of [
      [`@${file}`, ''],
      ['-', json],
      [json, ''],
    ] as const) {
      const words = ['--key', key, '--claims', source, 'iss=word', '--expires-in', '10s']
      expect(read((await sign(words, stdin)).stdout)[1]).toEqual({ iss: 'word', sub: 'me', exp: 12, iat: 2 })
    }
  })

  test('the header takes a key id and more; --json shows what was signed', async () => {
    const { stdout } = await sign(
      ['--key', '-', '--kid', 'k', '--header', 'typ=at+jwt', '--header', 'v:=2', '--json'],
      rsa2048.privateKey,
    )
    const value = JSON.parse(stdout) as { token: string }
    expect(value).toEqual({
      token: expect.any(String),
      header: { alg: 'RS256', typ: 'at+jwt', kid: 'k', v: 2 },
      claims: { iat: seconds },
    })
    expect(read(value.token)[0]).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: 'k', v: 2 })
  })

  test('an encrypted key is opened by the variable', async () => {
    const opened = await sign(['--key', '-'], legacy, { COUNTERSIGN_PASSPHRASE: passphrase })
    expect(opened.exitCode).toBe(0)
    expectFailure(await sign(['--key', '-'], legacy), 3, 'KEY_ENCRYPTED', 'COUNTERSIGN_PASSPHRASE')
    const wrong = await sign(['--key', '-'], legacy, { COUNTERSIGN_PASSPHRASE: 'wrong' })
    expectFailure(wrong, 3, 'KEY_PASSPHRASE_WRONG', 'COUNTERSIGN_PASSPHRASE')
  })

  test.each([
    [[], '--key FILE is missing'],
    [['--key', '-', '--private-key', '-'], 'Pass one'],
    [['--key', '-', 'iss'], 'name=text'],
    [['--key', '-', '=x'], 'name=text'],
    [['--key', '-', 'n:=five'], 'is not JSON'],
    [['--key', '-', 'exp=5'], 'exp:='],
    [['--key', '-', '--expires-in', 'soon'], '--expires-in'],
    [['--key', '-', '--issued-at', 'yesterday'], '--issued-at'],
    [['--key', '-', '--header', 'alg=none'], '--alg'],
    [['--key', '-', '--claims', '[]'], '--claims'],
    [['--key', '-', '--claims', '@/nowhere'], '--claims'],
    [['--key', '-', '--claims', '-'], '--claims must be a JSON object'],
    [['--key', '-', '--alg', 'HS256'], 'RS256, RS384, RS512, PS256, PS384 or PS512'],
  ])('%j is a usage error', async (words, said) => {
    const outcome = await sign(words, rsa2048.privateKey)
    expectFailure(outcome, 2, 'CONFIG_INVALID', said)
  })

  test('a public key signs nothing', async () => {
    expectFailure(await sign(['--key', '-'], rsa2048.publicKey), 3, 'KEY_NOT_PRIVATE')
  })
})

describe('numbers that JavaScript cannot hold', () => {
  const json =
    '{"id":12345678901234567890,"big":1e400,"small":1e-400,"deep":[{"n":-9007199254740993}],"price":1.50,"rate":0.1,"exp":1790000000}'

  test('are signed as they were given, from a file and from words', async () => {
    await using scratch = await createScratch()
    const key = await scratch.file('private_key.pem', rsa2048.privateKey)
    const words = ['n:=12345678901234567890', '--claims', json, '--issued-at', '1780000000']
    const { stdout, exitCode } = await runCommand(['jwt', 'sign', ...words, '--key', key, '--alg', 'RS256'])
    expect(exitCode).toBe(0)
    const [, claims = ''] = stdout.split('.')
    expect(Buffer.from(claims, 'base64url').toString()).toBe(
      '{"id":12345678901234567890,"big":1e400,"small":1e-400,"deep":[{"n":-9007199254740993}],"price":1.5,"rate":0.1,"exp":1790000000,"n":12345678901234567890,"iat":1780000000}',
    )
    const shown = await runCommand(['jwt', 'sign', ...words, '--key', key, '--alg', 'RS256', '--json'])
    expect(shown.stdout).toContain('"id":12345678901234567890,"big":1e400,')
  })

  test('are shown as the token has them', async () => {
    const token = `${Buffer.from('{"alg":"RS256","x":1e400}').toString('base64url')}.${Buffer.from(json).toString('base64url')}.AAAA`
    const { stdout } = await runCommand(['jwt', 'decode', token, '--json'])
    expect(stdout).toBe(
      '{"header":{"alg":"RS256","x":1e400},"claims":{"id":12345678901234567890,"big":1e400,"small":1e-400,"deep":[{"n":-9007199254740993}],"price":1.5,"rate":0.1,"exp":1790000000},"verified":false}\n',
    )
    expect((await runCommand(['jwt', 'decode', token])).stdout).toContain('  id: 12345678901234567890\n')
  })

  test.each(['exp:=1e400', 'iat:=123456789012345678901'])('are refused as a time: %s', async (word) => {
    await using scratch = await createScratch()
    const key = await scratch.file('private_key.pem', rsa2048.privateKey)
    const outcome = await runCommand(['jwt', 'sign', word, '--key', key, '--alg', 'RS256'])
    expect(outcome).toMatchObject({
      stdout: '',
      exitCode: 2,
      stderr: expect.stringContaining('must be a number'),
    })
  })
})
