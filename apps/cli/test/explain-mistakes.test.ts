import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, handMadeJwt, hmacSignature, rsaSignature } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const seconds = clock.now() / 1000
const claims = {
  sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  iss: 'victor-api',
  iat: seconds,
  exp: seconds + 300,
}
const header = { alg: 'RS512', typ: 'JWT' }
const token = (more: object = {}) =>
  handMadeJwt(header, { ...claims, ...more }, rsaSignature(privateKey, 'RS512'))

test('the decoded token comes first, then the mistakes with what fixes them, then the rules', async () => {
  const { stdout, stderr, exitCode } = await runCommand(['explain', `Bearer ${token()}`], { clock })
  expect(exitCode).toBe(6)
  expect(stdout).toMatch(
    /^header\n {2}alg: "RS512"\n[\s\S]*claims\n[\s\S]* {2}exp: 1767323345 {2}2026-01-02T03:09:05Z \(in 5 min\)\n\n! Authorization says "Bearer": this token needs the scheme Token\. request\.scheme\n {4}Send Authorization: Token <token>\.\n {4}https:\/\/docs\.victorfi\.com\/docs\/generating-a-token\n\n✗ The scheme was Bearer\. /,
  )
  expect(stderr).toBe(
    'Victor (victor), recognised by the claim `iss`.\nalg "RS512", scheme "Bearer"\nRULE_VIOLATED: victor: the token breaks victor.scheme.\n',
  )
})

test('a curl command is explained, as an argument and from stdin', async () => {
  const command = `curl -s https://api.victorfi.com/v2/accounts \\\n  -H 'Authorization: Bearer ${token()}'`
  const argument = await runCommand(['explain', command, '--json'], { clock })
  const stdin = await runCommand(['explain', '-', '--json'], { clock, stdin: `$ ${command} | jq\n` })
  for (const { stdout, exitCode } of [argument, stdin])
    expect({ ...JSON.parse(stdout), rules: undefined, exitCode }).toMatchObject({
      provider: 'victor',
      guessedBy: 'address',
      mistakes: [{ id: 'request.scheme' }],
      exitCode: 6,
    })
})

test('an opaque token names the rules that cannot be judged on one line', async () => {
  const { stdout, exitCode } = await runCommand(['explain', 'speeda', 'Bearer opaque'], { clock })
  expect(exitCode).toBe(0)
  expect(stdout.trimEnd().split('\n')).toEqual([
    '✓ API calls must have `Authorization: Bearer`. speeda.scheme',
    expect.stringMatching(
      /^· Not checked \(not visible in the input\): speeda\.token-method, .*access-token$/,
    ),
  ])
})

test('a lifetime of exactly 30 s, as in the recipes of UTGL, is reported and does not exit 6', async () => {
  const utgl = { sub: claims.sub, iat: seconds, uri: '/v1/ping', method: 'GET' }
  const judge = async (lifetime: number) => {
    const text = handMadeJwt(
      { alg: 'RS256', typ: 'JWT' },
      { ...utgl, exp: seconds + lifetime },
      rsaSignature(privateKey),
    )
    const { stdout, exitCode } = await runCommand(['explain', `Bearer ${text}`, '--json'], { clock })
    const rules: { id: string; kept: boolean | null; severity: string; failure?: string }[] =
      JSON.parse(stdout).rules
    const broken = rules.filter(({ kept }) => kept === false)
    const margin = rules.find(({ id }) => id === 'utgl.lifetime-margin')?.kept
    expect(margin).toBe(lifetime > 30 ? null : lifetime < 30)
    return [exitCode, ...broken.map(({ id, severity, failure }) => [id, severity, failure])]
  }
  expect(await judge(29)).toEqual([0])
  expect(await judge(30)).toEqual([0, ['utgl.lifetime-margin', 'advised', '`exp` was exactly `iat` + 30.']])
  expect(await judge(31)).toEqual([6, ['utgl.lifetime', 'required', '`exp` was 31 s after `iat`.']])
  expect(await judge(300)).toEqual([6, ['utgl.lifetime', 'required', '`exp` was 300 s after `iat`.']])
})

test('--json has provider, guess and mistakes beside the rules', async () => {
  const { stdout } = await runCommand(['explain', 'victor', token({ exp: seconds }), '--json'], { clock })
  const { rules, ...rest } = JSON.parse(stdout)
  expect(Object.keys(rules[0])).toEqual([...['id', 'endpoint', 'sentence', 'source', 'severity', 'kept']])
  expect(rest).toEqual({
    provider: 'victor',
    guessedBy: null,
    mistakes: [
      {
        id: 'jwt.born-expired',
        sentence: expect.stringContaining('300 milliseconds'),
        fix: expect.stringContaining('300 seconds'),
        source: 'https://docs.victorfi.com/docs/generating-a-token',
      },
    ],
  })
  const listed = await runCommand(['explain', 'victor', '--json'])
  expect(Object.keys(JSON.parse(listed.stdout))).toEqual(['provider', 'rules'])
})

test('a good token falls into no mistake, and nothing is said of any', async () => {
  const { stdout, exitCode } = await runCommand(['explain', `Token ${token()}`], { clock })
  expect([exitCode, stdout.includes('!')]).toEqual([0, false])
})

test('HS256 with the text of the public key as the secret is proved by --key', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', publicKey)
  const forged = handMadeJwt({ ...header, alg: 'HS256' }, claims, hmacSignature(publicKey))
  const { stdout, exitCode } = await runCommand(['explain', forged, '--key', key], { clock })
  expect(exitCode).toBe(6)
  expect(stdout).toContain('! The signature is an HMAC ("HS256") whose secret is the text of the public key')
  expect(stdout).toContain(
    '✗ The signature did not match. The signature must match the registered public key.',
  )
})

test('nothing of a credential is echoed, and nothing that a terminal obeys', async () => {
  const odd = token({ sub: '\u001b]0;x\u0007\u009b31m\u202e', iss: token(), note: token() })
  const request = `POST /v2/auth/token HTTP/1.1\nHost: api.victorfi.com\nContent-Type: application/json\nAuthorization: Bearer ${odd}\n\n{"client_id":"me","client_secret":"hush-hush-hush"}`
  for (const stdin of [odd, `Token ${odd}`, request])
    for (const more of [[], ['--json'], ['--verbose']]) {
      const { stdout, stderr } = await runCommand(['explain', 'victor', '-', ...more], { stdin, clock })
      const said = stdout + stderr
      expect(said).not.toMatch(/eyJ[\w-]{8}|hush/)
      expect(said.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    }
})

test.each([
  [['explain'], 2, /^CONFIG_INVALID: Name a provider, or pass the input/],
  [
    ['explain', 'utlg'],
    2,
    /^CONFIG_INVALID: There is no provider of that name\. Did you mean utgl\? Providers: speeda, /,
  ],
  [['explain', 'utlg', '-'], 2, /^CONFIG_INVALID: There is no provider of that name/],
  [
    ['explain', '@/nowhere'],
    2,
    /^CONFIG_INVALID: The file \/nowhere \(the argument\) does not exist \(ENOENT\)/,
  ],
  [['explain', 'a.b'], 6, /^TOKEN_MALFORMED: .*2 parts, not three/],
  [
    ['explain', 'this is prose'],
    6,
    /^TOKEN_MALFORMED: .*This is text, not a token, an Authorization header or an HTTP request\./,
  ],
  [['explain', '-'], 6, /^TOKEN_MALFORMED: .*nothing to explain/],
  [['explain', '@-', '--key', '-'], 2, /^CONFIG_INVALID: The token and the key cannot both come from stdin/],
  [['explain', 'cdata', 'GET / HTTP/1.1\nno header'], 6, /^TOKEN_MALFORMED: .*header line 1/],
  [['explain', 'one', 'two', 'three'], 2, /^CONFIG_INVALID: /],
])('%j exits %i and says why', async (argv, exitCode, words) => {
  const outcome = await runCommand(argv)
  expect(outcome).toEqual({ stdout: '', stderr: expect.stringMatching(words), exitCode })
})
