import { createCData } from '@countersign/cdata'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGate } from '@countersign/paymentsgate'
import { createSpeeda } from '@countersign/speeda'
import { createUtgl } from '@countersign/utgl'
import { createVictor } from '@countersign/victor'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'
import { withEmulator } from './with-emulator.ts'

test('every emulator serves real adapters with the credentials that --json prints, and exit 0', async () => {
  const { stdout, exitCode } = await withEmulator(['--json'], async ({ providers }) => {
    const of = (id: string) => {
      const { baseUrl = '', credentials = {} } = providers[id] ?? {}
      return { baseUrl, credentials }
    }
    const { speeda, cdata, utgl, victor, paymentsgate } = {
      speeda: of('speeda'),
      cdata: of('cdata'),
      utgl: of('utgl'),
      victor: of('victor'),
      paymentsgate: of('paymentsgate'),
    }
    for (const [path, { baseUrl }] of Object.entries({
      '/speeda': speeda,
      '/cdata/api': cdata,
      '/utgl/v1': utgl,
      '/victor': victor,
      '/paymentsgate': paymentsgate,
    }))
      expect(baseUrl).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+${path}$`))
    const { apiKey = '', privateKey = '', clientId = '', clientSecret = '' } = victor.credentials
    const environment = 'production'
    const auths = [
      [
        createSpeeda({
          baseUrl: speeda.baseUrl,
          ...(speeda.credentials as { clientId: string; keyId: string; privateKey: string }),
        }),
        'private-company/v1/companies',
      ],
      [
        createCData({
          baseUrl: cdata.baseUrl,
          ...(cdata.credentials as { accountId: string; privateKey: string }),
        }),
        'poweredby/account/list',
      ],
      [
        createUtgl({
          baseUrl: utgl.baseUrl,
          ...(utgl.credentials as { accessKey: string; privateKey: string }),
        }),
        'ping',
      ],
      [createVictor({ baseUrl: victor.baseUrl, environment, apiKey, privateKey }), 'v2/accounts'],
      [createVictor({ baseUrl: victor.baseUrl, environment, clientId, clientSecret }), 'v2/accounts'],
      [
        createPaymentsGate({
          baseUrl: paymentsgate.baseUrl,
          ...(paymentsgate.credentials as { accountId: string; publicKey: string }),
        }),
        'deals/1',
      ],
    ] as const
    for (const [auth, path] of auths) expect((await auth.api.get(path)).status).toBe(200)
  })
  expect(exitCode).toBe(0)
  expect(stdout.trim().split('\n')).toHaveLength(1)
})

test('--register makes keys known, and no private key is printed', async () => {
  await using scratch = await createScratch()
  const { rsa2048, otherRsa2048 } = fixedKeys
  const one = await scratch.file('one.pem', rsa2048.publicKey)
  const two = await scratch.file('two.pem', otherRsa2048.publicKey)
  const argv = ['utgl', 'cdata', '--json', '--register', `utgl=${one}`, '--register', `cdata=${two}`]
  const { stdout } = await withEmulator(argv, async ({ providers }) => {
    expect(Object.keys(providers)).toEqual(['utgl', 'cdata'])
    const { baseUrl = '', credentials = {} } = providers['utgl'] ?? {}
    const request = [
      'request',
      'utgl',
      'ping',
      '--base-url',
      baseUrl,
      '--access-key',
      credentials['accessKey'] ?? '',
    ]
    const answer = async (privateKey: string) =>
      runCommand(request, { env: { COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey } })
    expect(await answer(rsa2048.privateKey)).toMatchObject({ exitCode: 0, stdout: '{"message":"pong"}' })
    expect(await answer(otherRsa2048.privateKey)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('utgl.signature'),
    })
  })
  expect(stdout).not.toContain('PRIVATE KEY')
})

test('a live log names each request and the rule that it breaks, and no query', async () => {
  const { stderr } = await withEmulator(['--json'], async ({ providers }) => {
    await fetch(`${providers['utgl']?.baseUrl}/ping?card=card-of-a-person`)
    await fetch(new URL('/nowhere', providers['utgl']?.baseUrl))
  })
  expect(stderr).toMatch(/utgl GET \/utgl\/v1\/ping 401 utgl\.\w+: .* https:\S+ \(api\)\n/)
  expect(stderr).toMatch(/- GET \/nowhere 404/)
  expect(stderr).not.toContain('card-of-a-person')
})

test('people are shown addresses and credentials, without the private keys', async () => {
  const { stdout } = await withEmulator(['speeda'], async () => undefined)
  expect(stdout).toMatch(
    /^export COUNTERSIGN_SPEEDA_BASE_URL='http:\/\/127\.0\.0\.1:\d+\/speeda'\nexport COUNTERSIGN_SPEEDA_CLIENT_ID='speeda-client-1'$/m,
  )
  expect(stdout).not.toContain('BEGIN')
})

test("CData's MCP endpoints are served beside its API, and the same client reaches them", async () => {
  await withEmulator(['cdata', '--json'], async ({ providers }) => {
    const { baseUrl = '', mcpUrl = '', credentials = {} } = providers['cdata'] ?? {}
    expect(mcpUrl).toBe(baseUrl.replace(/\/api$/, '/mcp'))
    const { accountId = '', privateKey = '' } = credentials
    const cdata = createCData({ baseUrl, accountId, privateKey })
    const [id, other] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']
    const tenant = cdata.forSubAccount('sub-account-1', { connectionIds: [id] })
    const post = async (url: string) => {
      const answer = await tenant.fetch(url, {
        method: 'POST',
        body: '{"jsonrpc":"2.0","id":7,"method":"tools/list"}',
      })
      return [answer.status, answer.headers.get('x-countersign-rule')?.split(';')[0]]
    }
    expect(await post(mcpUrl)).toEqual([200, undefined])
    const list = await tenant.api.get('poweredby/connection/list').json()
    expect(list).toMatchObject({ connections: [{ id, mcpUrl: `${mcpUrl}/connections/${id}` }] })
    expect(await post(`${mcpUrl}/connections/${id}`)).toEqual([200, undefined])
    expect(await post(`${mcpUrl}/connections/${other}`)).toEqual([403, 'cdata.connection-ids-required'])
    // The endpoints of the API's origin are under its path only.
    expect((await tenant.fetch(mcpUrl.replace(/mcp$/, 'poweredby/sources/list'))).status).toBe(404)
  })
})

test('a path of no emulator is answered 404 in the shape of every other error', async () => {
  await withEmulator(['utgl', '--json'], async ({ controlUrl }) => {
    const answer = await fetch(new URL('/nobody/here', controlUrl))
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { code: 'NOT_FOUND', message: 'There is no emulator at this path. Paths: /utgl/v1.' },
    ])
  })
})

test("Victor's emulator plays staging when it is told to", async () => {
  await withEmulator(['victor', '--environment', 'staging', '--json'], async ({ providers }) => {
    const { baseUrl = '', credentials = {} } = providers['victor'] ?? {}
    const { apiKey = '', privateKey = '' } = credentials
    const victor = createVictor({
      baseUrl,
      environment: 'staging',
      apiKey,
      privateKey,
      lifetimeSeconds: 3600,
    })
    expect((await victor.api.get('v2/accounts')).status).toBe(200)
  })
})

test('a port that is taken exits 2 and says so', async () => {
  await withEmulator(['utgl', '--json'], async ({ providers }) => {
    const { port } = new URL(providers['utgl']?.baseUrl ?? '')
    const outcome = await runCommand(['emulator', '--port', port])
    expect(outcome).toMatchObject({
      stdout: '',
      exitCode: 2,
      stderr: expect.stringContaining(`Port ${port} is taken`),
    })
  })
})

test.each([
  [['utgl', '--register', 'speeda=key.pem'], 2, 'not started'],
  [['--register', 'speeda=/nowhere/key.pem'], 2, 'ENOENT'],
  [['--environment', 'moon'], 2, 'production or staging'],
])('emulator %j exits %i', async (argv, exitCode, words) => {
  const outcome = await runCommand(['emulator', '--port', '0', ...argv])
  expect(outcome).toMatchObject({ stdout: '', exitCode, stderr: expect.stringContaining(words) })
})

test('a file that is not a key exits 3', async () => {
  await using scratch = await createScratch()
  const file = await scratch.file('key.pem', 'no key')
  const outcome = await runCommand(['emulator', '--port', '0', '--register', `utgl=${file}`])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 3, stderr: expect.stringContaining('KEY_MALFORMED') })
})
