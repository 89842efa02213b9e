import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { parseStoreAddress } from '../src/token-store/address.ts'
import { runCommand } from './run-command.ts'

const flag = '--token-store'
const variable = 'COUNTERSIGN_TOKEN_STORE'

test.each([
  [
    'redis://localhost',
    { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], tls: false, database: 0 },
  ],
  [
    'rediss://cache.example:6380/2',
    { nodes: [{ host: 'cache.example', port: 6380 }], tls: true, database: 2 },
  ],
  ['redis://app@[::1]:6379', { nodes: [{ host: '::1', port: 6379 }], user: 'app' }],
  [
    'rediss+sentinel://one,two:26380/main/1',
    {
      kind: 'sentinel',
      nodes: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
      ],
      master: 'main',
      tls: true,
      database: 1,
    },
  ],
  [
    'redis+cluster://10.0.0.1:7000,10.0.0.2:7001',
    { kind: 'cluster', nodes: [{ host: '10.0.0.1', port: 7000 }, { port: 7001 }] },
  ],
])('the address %s is read', (text, parts) => {
  expect(parseStoreAddress(text, flag)).toMatchObject(parts)
})

test.each([
  'localhost:6379',
  'http://localhost',
  'redis://',
  'redis://host:0',
  'redis://host:99999',
  'redis://one,two',
  'redis://host/name',
  'redis://host/1/2',
  'redis://host?password=hunter2',
  'redis://host#hunter2',
  'redis://%zz@host',
  'redis+sentinel://one,two',
  'redis+cluster://one/1',
])('the address %s is refused without being repeated', (text) => {
  expect(() => parseStoreAddress(text, flag)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('redis+sentinel://') }),
  )
  expect(() => parseStoreAddress(text, flag)).not.toThrow(/hunter2/)
})

test('a password in an argument is refused, with what to do instead, and not repeated', () => {
  for (const text of ['redis://app:hunter2@host', 'redis://:hunter2@host', 'redis+cluster://a:hunter2@x,y'])
    expect(() => parseStoreAddress(text, flag)).toThrow(
      expect.objectContaining({
        message: expect.not.stringContaining('hunter2'),
        hint: expect.stringContaining('COUNTERSIGN_TOKEN_STORE_PASSWORD_FILE'),
      }),
    )
  expect(parseStoreAddress('redis://app:hunter%402@host', variable)).toMatchObject({
    user: 'app',
    password: 'hunter@2',
  })
})

const key = Buffer.alloc(32, 1).toString('base64')
const argv = ['token', 'speeda', '--client-id', 'a', '--key-id', 'b', '--token-store', 'redis://127.0.0.1:1']

test.each([
  ['no key', {}, 'COUNTERSIGN_TOKEN_STORE_KEYS is not set'],
  [
    'a short key',
    { COUNTERSIGN_TOKEN_STORE_KEYS: Buffer.from('short').toString('base64') },
    'is not 32 bytes in Base64',
  ],
  [
    'a key twice',
    { COUNTERSIGN_TOKEN_STORE_KEYS: key, COUNTERSIGN_TOKEN_STORE_KEYS_FILE: '/nowhere' },
    'are both set',
  ],
  [
    'a file that is not there',
    { COUNTERSIGN_TOKEN_STORE_KEYS: key, COUNTERSIGN_TOKEN_STORE_PASSWORD_FILE: '/nowhere/password' },
    'COUNTERSIGN_TOKEN_STORE_PASSWORD_FILE) does not exist',
  ],
])(
  'a token store with %s ends the command with exit code 2 before anything is connected',
  async (_what, env, words) => {
    const { stdout, stderr, exitCode } = await runCommand(argv, {
      env: { COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey, ...env },
    })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr.replace(/\s+/g, ' ')).toContain(words)
    expect(stderr).not.toContain(key)
  },
)

test.each(['token', 'request', 'exec', 'proxy'])('%s refuses a password in an argument', async (name) => {
  const rest = { token: [], request: ['ping'], exec: ['--', 'true'], proxy: ['--port', '0'] }[name] ?? []
  const given = ['speeda', '--environment', 'emulator', '--token-store', 'redis://a:hunter2@127.0.0.1:1']
  const { stdout, stderr, exitCode } = await runCommand([name, ...given, ...rest])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('COUNTERSIGN_TOKEN_STORE_PASSWORD_FILE')
  expect(stderr).not.toContain('hunter2')
})
