import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, handMadeJwt, rsaSignature } from '@countersign/testing'
import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const seconds = clock.now() / 1000
const date = new Date((seconds - 7200) * 1000).toUTCString()
/** Made two hours ago by this clock; new by that of the provider. */
const token = handMadeJwt(
  { alg: 'RS512', typ: 'JWT' },
  {
    sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
    iss: 'victor-api',
    iat: seconds - 7200,
    exp: seconds - 6900,
  },
  rsaSignature(privateKey, 'RS512'),
)
const trace = (body: string, header = '') =>
  `* Trying\n> GET /v2/accounts HTTP/1.1\n> Host: api.victorfi.com\n> Authorization: Token ${token}\n>\n< HTTP/1.1 401 Unauthorized\n< Date: ${date}\n${header}<\n${body}\n`

test('the answer in the output of curl -v is shown, and its clock judges the times', async () => {
  const stdin = trace(
    '{"code":"UNAUTHORIZED","message":"The signature is wrong."}',
    '< x-countersign-rule: victor.signature\n',
  )
  const { stdout, stderr, exitCode } = await runCommand(['explain', '-'], { stdin, clock })
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    'The provider answered with 401 Unauthorized: UNAUTHORIZED, The signature is wrong.',
    "Times are judged by the provider's clock: 2026-01-02T01:04:05Z.",
  ])
  expect(stdout).toContain('✗ The response names this rule. The signature must match')
  expect(stdout).toContain('✓ `exp` must be in the future')
  expect(stderr).toContain('RULE_VIOLATED: victor: the request breaks victor.signature.')
  expect(exitCode).toBe(6)
})

test('without a response the same token is expired', async () => {
  const { stdout } = await runCommand(['explain', `Token ${token}`], { clock })
  expect(stdout).toContain('The token expired 1 h 55 min ago')
})

test('--json has the response', async () => {
  const { stdout } = await runCommand(['explain', '-', '--json'], { stdin: trace('{"code":"X"}'), clock })
  expect(JSON.parse(stdout)).toMatchObject({
    provider: 'victor',
    response: { status: 401, code: 'X', description: '', date: '2026-01-02T01:04:05.000Z', rule: null },
  })
})

test.each([
  [
    'HTTP/2 400\ncontent-type: application/json\n\n{"error":"invalid_client"}',
    'answered with 400: invalid_client.',
    0,
  ],
  ['{"error":"invalid_client"}', 'answered with an error: invalid_client.', 0],
  ['HTTP/1.1 401 Unauthorized\nx-countersign-rule: victor.alg\n\n', 'answered with 401 Unauthorized.', 6],
])('a response alone is explained: %j', async (stdin, words, exitCode) => {
  const outcome = await runCommand(['explain', '-'], { stdin, clock })
  expect(outcome.stdout).toContain(`The provider ${words}`)
  expect(outcome.stderr).toContain('Pass the request too, to judge it by every rule.')
  expect(outcome.exitCode).toBe(exitCode)
})

test('a wrapped token is judged, and a note says that it held line breaks', async () => {
  const fresh = handMadeJwt(
    { alg: 'RS512', typ: 'JWT' },
    { sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', iss: 'victor-api', iat: seconds, exp: seconds + 300 },
    rsaSignature(privateKey, 'RS512'),
  )
  const stdin = `Token\n${fresh.replace(/(.{64})/g, '$1\n')}\n`
  const { stdout, exitCode } = await runCommand(['explain', '-'], { stdin, clock })
  expect(stdout).toContain('! The token held line breaks')
  expect(exitCode).toBe(0)
})

test.each([
  ['hello world', 'This is text, not a token'],
  [privateKey, 'This is a private key, not a token. It is not needed here.'],
  [publicKey, 'This is a key, not a token. It is not needed here.'],
  ['eyJhbGciOiJSU0EifQ.a.b.c.d', 'This is an encrypted JWT (JWE)'],
])('what is not a token or a request is called what it is, and not repeated', async (stdin, words) => {
  const { stdout, stderr, exitCode } = await runCommand(['explain', '-'], { stdin, clock })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 6 })
  expect(stderr).toContain(words)
  expect(stderr).not.toMatch(/[\w+/]{40}/)
})
