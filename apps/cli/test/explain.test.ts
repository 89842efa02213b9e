import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { providerIds } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const env = { COUNTERSIGN_CDATA_ACCOUNT_ID: 'example', COUNTERSIGN_CDATA_PRIVATE_KEY: rsa2048.privateKey }

interface Explained {
  rules: { id: string; sentence: string; source: string; kept: boolean | null }[]
}

async function explainJson(
  argv: string[],
  stdin?: string,
): Promise<{ exitCode: number; kept: Record<string, boolean | null> }> {
  const { stdout, exitCode } = await runCommand(
    ['explain', ...argv, '--json'],
    stdin === undefined ? {} : { stdin },
  )
  const { rules } = JSON.parse(stdout) as Explained
  return { exitCode, kept: Object.fromEntries(rules.map(({ id, kept }) => [id, kept])) }
}

async function cdataToken(...more: string[]): Promise<string> {
  return (await runCommand(['token', 'cdata', ...more], { env })).stdout.trim()
}

test.each(providerIds())('explain %s lists every rule with its source', async (provider) => {
  const { stdout, stderr, exitCode } = await runCommand(['explain', provider, '--json'])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  const { rules } = JSON.parse(stdout) as Explained
  expect(rules.length).toBeGreaterThan(1)
  const people = await runCommand(['explain', provider])
  for (const { id, sentence, source, kept } of rules) {
    expect([id.split('.')[0], source.slice(0, 8), kept]).toEqual([provider, 'https://', null])
    expect(people.stdout).toContain(sentence)
    expect(people.stdout).toContain(source)
  }
})

test('a good token keeps its rules, whether bare, as a header line or from stdin', async () => {
  const token = await cdataToken()
  const bare = await explainJson(['cdata', token])
  expect(bare.exitCode).toBe(0)
  expect(bare.kept).toMatchObject({ 'cdata.alg': true, 'cdata.scheme': null, 'cdata.signature': null })
  const header = await explainJson(['cdata', '-'], `Authorization: Bearer ${token}\n`)
  expect(header.kept).toEqual({ ...bare.kept, 'cdata.scheme': true })
  expect(await explainJson(['cdata', `Bearer ${token}`])).toEqual(header)
})

test('the signature is judged with the public key', async () => {
  await using scratch = await createScratch()
  const right = await scratch.file('right.pem', rsa2048.publicKey)
  const wrong = await scratch.file('wrong.pem', otherRsa2048.publicKey)
  const token = await cdataToken()
  expect(await explainJson(['cdata', token, '--public-key', right])).toMatchObject({
    exitCode: 0,
    kept: { 'cdata.signature': true },
  })
  expect(await explainJson(['cdata', token, '--key', right])).toMatchObject({
    exitCode: 0,
    kept: { 'cdata.signature': true },
  })
  expect(await explainJson(['cdata', token, '--key', wrong])).toMatchObject({
    exitCode: 6,
    kept: { 'cdata.signature': false },
  })
})

test('a broken rule exits 6, is marked with its source, and named on stderr', async () => {
  const { stdout, stderr, exitCode } = await runCommand(['explain', 'victor', `Token ${await cdataToken()}`])
  expect(exitCode).toBe(6)
  expect(stdout).toMatch(
    /✗ `alg` was "RS256"\. A client JWT must be signed with RS512\. victor\.alg\n +https:.*\n/,
  )
  expect(stdout).toContain('✓ `typ` must be `JWT`.')
  expect(stdout).toContain('· Not checked (not visible in the input): victor.client-id')
  expect(stderr).toMatch(/RULE_VIOLATED: victor: the token breaks .*victor\.alg/)
})

test('values stand beside the rules, times as people read them, and talk is left out where nobody wants it', async () => {
  const token = await cdataToken()
  const { stdout, stderr } = await runCommand(['explain', 'cdata', token])
  expect(stdout).toMatch(/✓ `exp` .* cdata\.exp {2}exp \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(in 2 min 5\d s\)/)
  expect(stdout).toContain('✓ `typ` must be `JWT`. cdata.typ  typ "JWT"')
  expect(stdout).toContain('cdata.lifetime  exp - iat 180 s')
  expect(stderr).toBe('alg "RS256"\n')
  expect(await runCommand(['explain', 'cdata', token, '--quiet'])).toEqual({
    stdout,
    stderr: '',
    exitCode: 0,
  })
})

test('a lifetime that only staging allows is open until the environment is named', async () => {
  const token = (
    await runCommand(
      [
        'token',
        'victor',
        '--environment',
        'staging',
        '--api-key',
        '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
        '--lifetime-seconds',
        '3600',
      ],
      {
        env: { COUNTERSIGN_VICTOR_PRIVATE_KEY: rsa2048.privateKey },
      },
    )
  ).stdout
  const kept = async (...argv: string[]) =>
    (await explainJson(['victor', '-', ...argv], token)).kept['victor.lifetime']
  expect([
    await kept(),
    await kept('--environment', 'staging'),
    await kept('--environment', 'production'),
  ]).toEqual([null, true, false])
})

test.each([
  [['utgl', 'garbage'], 6, 'TOKEN_MALFORMED'],
  [['speeda', 'a.b'], 6, 'TOKEN_MALFORMED'],
  [['cdata', '-', '--key', '-'], 2, 'CONFIG_INVALID'],
  [['cdata', 'a.b.c', '--key', '/nowhere'], 2, 'CONFIG_INVALID'],
  [['paymentsgate', 'x', '--key', '/nowhere'], 2, 'CONFIG_INVALID'],
])('explain %j exits %i', async (argv, exitCode, code) => {
  const outcome = await runCommand(['explain', ...argv])
  expect(outcome).toMatchObject({ stdout: '', exitCode, stderr: expect.stringMatching(`^${code}: `) })
})

test('an invalid key exits 3', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', 'no key')
  const outcome = await runCommand(['explain', 'cdata', await cdataToken(), '--key', key])
  expect(outcome).toMatchObject({
    stdout: '',
    exitCode: 3,
    stderr: expect.stringMatching(/^KEY_MALFORMED: /),
  })
})

test('an opaque token is judged as far as it goes', async () => {
  expect(await explainJson(['speeda', 'Bearer opaque'])).toMatchObject({
    exitCode: 0,
    kept: { 'speeda.scheme': true },
  })
  expect(await explainJson(['speeda', 'Token opaque'])).toMatchObject({
    exitCode: 6,
    kept: { 'speeda.scheme': false },
  })
})
