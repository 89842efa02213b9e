import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type RedisServer,
  type RedisServerOptions,
  startRedis,
  startRedisCluster,
} from '../../../tools/redis-servers.ts'
import { createCertificates } from './create-certificates.ts'
import { createScratch, runCommand, type Scratch } from './run-command.ts'
import { runProcess } from './run-process.ts'
import { createFixture, encryptionKey } from './token-store-fixture.ts'

/** Every server of these tests, by what an address needs of it. */
interface Servers {
  plain: number
  tls: number
  replica: number
  sentinel: number
  cluster: readonly number[]
  withoutEval: number
}

let servers: Servers
let scratch: Scratch
let authority: string
const started: RedisServer[] = []

beforeAll(async () => {
  scratch = await createScratch()
  const { authority: path, files } = await createCertificates(scratch)
  authority = path
  const start = async (options: RedisServerOptions = {}) => {
    const server = await startRedis(options)
    started.push(server)
    return server
  }
  const plain = await start()
  const replica = await start({ config: { replicaof: `127.0.0.1 ${plain.port}` } })
  const sentinel = await start({ watches: plain.port })
  const withoutEval = await start()
  await withoutEval.command('ACL', 'SETUSER', 'default', '-eval')
  const cluster = await startRedisCluster()
  started.push(...cluster)
  servers = {
    plain: plain.port,
    tls: (await start({ tls: { ...files, authority } })).port,
    replica: replica.port,
    sentinel: sentinel.port,
    cluster: cluster.map(({ port }) => port),
    withoutEval: withoutEval.port,
  }
})
afterAll(async () => {
  await Promise.all(started.map((server) => server.end()))
  await scratch?.[Symbol.asyncDispose]()
})

const loopback = (port: number | undefined) => `127.0.0.1:${port}`

const shared: readonly (readonly [string, (servers: Servers) => string])[] = [
  ['a database of a server', ({ plain }) => `redis://${loopback(plain)}/5`],
  ['a server by TLS', ({ tls }) => `rediss://${loopback(tls)}`],
  [
    'a server that Sentinel knows',
    ({ sentinel }) => `redis+sentinel://${loopback(1)},${loopback(sentinel)}/main/3`,
  ],
  ['a cluster', ({ cluster }) => `redis+cluster://${loopback(1)},${loopback(cluster[1])}`],
]

test.each(shared)('two commands share one exchange through %s', async (_what, toAddress) => {
  await using fixture = await createFixture()
  const argv = ['token', 'speeda', ...fixture.flags, '--token-store', toAddress(servers)]
  const env = { ...fixture.env, NODE_EXTRA_CA_CERTS: authority }
  const first = await runProcess(argv, env)
  expect(first).toMatchObject({ stderr: '', exitCode: 0 })
  expect(await runProcess(argv, env)).toEqual(first)
  expect(fixture.exchanges()).toBe(1)
})

type Broken = readonly [what: string, toAddress: (servers: Servers) => string, words: string]

const broken: readonly Broken[] = [
  [
    'a database that does not exist',
    ({ plain }) => `redis://${loopback(plain)}/99`,
    'The token store reports an error (ERR: DB index is out of range). The token is not shared.',
  ],
  [
    'a server whose authority is unknown',
    ({ tls }) => `rediss://${loopback(tls)}`,
    'The certificate of the token store is of an authority that is not trusted here (SELF_SIGNED_CERT_IN_CHAIN). Set NODE_EXTRA_CA_CERTS to the PEM file of the authority.',
  ],
  [
    'TLS to a server without it',
    ({ plain }) => `rediss://${loopback(plain)}`,
    'The token store does not answer. A server without TLS does not answer either: begin its address with redis.',
  ],
  [
    'no TLS to a server with it',
    ({ tls }) => `redis://${loopback(tls)}`,
    'The token store cannot be reached (ECONNRESET). If it expects TLS, begin the address with rediss.',
  ],
  [
    'the address of a cluster for a server that is not in one',
    ({ plain }) => `redis+cluster://${loopback(plain)}`,
    'The token store reports an error (ERR: This instance has cluster support disabled).',
  ],
  [
    'one node of a cluster',
    ({ cluster }) => `redis://${loopback(cluster[0])}`,
    'The token store is one node of a cluster (MOVED). Begin the address with redis+cluster://.',
  ],
  [
    'the address of Sentinel for a server that is not one',
    ({ plain }) => `redis+sentinel://${loopback(plain)}/main`,
    "The token store reports an error (ERR: unknown command 'SENTINEL'",
  ],
  [
    'a master that Sentinel does not know',
    ({ sentinel }) => `redis+sentinel://${loopback(sentinel)}/other`,
    'The token store reports an error (ERR: No such master with that name).',
  ],
  [
    'Sentinel as if it were a server',
    ({ sentinel }) => `redis://${loopback(sentinel)}`,
    "The token store reports an error (ERR: unknown command 'EVAL'",
  ],
  [
    'a replica',
    ({ replica }) => `redis://${loopback(replica)}`,
    'The token store is a replica, which cannot be written to (READONLY). Name the primary',
  ],
  [
    'a user who may not run scripts',
    ({ withoutEval }) => `redis://${loopback(withoutEval)}`,
    'The token store does not let its user run the scripts (NOPERM). Allow EVAL',
  ],
]

describe('what is wrong with a token store is said once and costs the sharing, not the token:', () => {
  test.each(broken)('%s', async (_what, toAddress, words) => {
    // Of three nodes one may have the token: another address of the provider has another slot.
    const said: string[] = []
    for (let attempt = 1; attempt <= 16 && said.length === 0; attempt++) {
      await using fixture = await createFixture()
      const argv = ['token', 'speeda', ...fixture.flags, '--token-store', toAddress(servers)]
      const { stderr, exitCode } = await runCommand(argv, { env: fixture.env })
      expect(exitCode).toBe(0)
      if (stderr !== '') said.push(stderr.replace(/\s+/g, ' ').trim())
    }
    expect(said.join()).toContain(words)
    expect(said.join().match(/The token is not shared\./g)).toHaveLength(1)
    expect(said.join()).not.toContain(encryptionKey)
  })
})
