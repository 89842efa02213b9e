import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type RedisServer,
  type RedisTls,
  startRedis,
  startRedisCluster,
} from '../../../tools/redis-servers.ts'
import { createCertificates } from './create-certificates.ts'
import { createScratch, type Scratch } from './run-command.ts'
import { runProcess } from './run-process.ts'
import { createFixture, encryptionKey } from './token-store-fixture.ts'

/** Servers with certificates of one authority; Sentinel watches the primary. */
interface Servers {
  authority: string
  sentinel: number
  cluster: number
}

const scratches: Scratch[] = []
const started: RedisServer[] = []
/** Certificates for the address that servers announce, and for their name alone. */
let byAddress: Servers
let byName: Servers
let stranger: string
let announced: number
let plain: { cluster: number; sentinel: number }

async function createTls(names?: string): Promise<RedisTls> {
  const scratch = await createScratch()
  scratches.push(scratch)
  const { authority, files } = await createCertificates(scratch, names)
  return { ...files, authority }
}

async function startSentinel(tls?: RedisTls): Promise<number> {
  const options = tls === undefined ? {} : { tls }
  const primary = await startRedis(options)
  started.push(primary)
  started.push(await startRedis({ ...options, config: { replicaof: `127.0.0.1 ${primary.port}` } }))
  const sentinel = await startRedis({ ...options, watches: primary.port })
  started.push(sentinel)
  return sentinel.port
}

async function startCluster(options: Parameters<typeof startRedisCluster>[0] = {}): Promise<number> {
  const [node, ...others] = await startRedisCluster(options)
  if (node === undefined) throw new Error('there is no node')
  started.push(node, ...others)
  return node.port
}

async function startServers(tls: RedisTls): Promise<Servers> {
  const { authority } = tls
  return { authority, sentinel: await startSentinel(tls), cluster: await startCluster({ tls }) }
}

beforeAll(async () => {
  byAddress = await startServers(await createTls())
  const named = await createTls('DNS:localhost')
  byName = await startServers(named)
  const announce = { 'cluster-announce-hostname': 'localhost', 'cluster-preferred-endpoint-type': 'hostname' }
  announced = await startCluster({ tls: named, config: announce })
  plain = { sentinel: await startSentinel(), cluster: await startCluster() }
  stranger = (await createTls()).authority
})
afterAll(async () => {
  await Promise.all(started.map((server) => server.end()))
  for (const scratch of scratches) await scratch[Symbol.asyncDispose]()
})

/** Gets a token as another process would; `authority` is trusted besides the authorities of Node. */
async function open(address: string, authority: string | undefined) {
  const fixture = await createFixture()
  const argv = ['token', 'speeda', ...fixture.flags, '--token-store', address]
  const env = { ...fixture.env, ...(authority !== undefined && { NODE_EXTRA_CA_CERTS: authority }) }
  return {
    exchanges: fixture.exchanges,
    token: () => runProcess(argv, env),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  }
}

const at = (kind: string, port: number, host = '127.0.0.1') =>
  `${kind}://${host}:${port}${kind.endsWith('sentinel') ? '/main' : ''}`

describe('two commands share one exchange by TLS', () => {
  test.each([
    ['through Sentinel', () => [at('rediss+sentinel', byAddress.sentinel), byAddress.authority]],
    ['in a cluster', () => [at('rediss+cluster', byAddress.cluster), byAddress.authority]],
    [
      'in a cluster that announces the name in its certificates',
      () => [at('rediss+cluster', announced, 'localhost'), byName.authority],
    ],
  ] as const)('%s', async (_what, toStore) => {
    const [address = '', authority] = toStore()
    await using store = await open(address, authority)
    const first = await store.token()
    expect(first).toMatchObject({ stderr: '', exitCode: 0 })
    expect(await store.token()).toEqual(first)
    expect(store.exchanges()).toBe(1)
  })
})

const unknownAuthority =
  'The certificate of the token store is of an authority that is not trusted here (SELF_SIGNED_CERT_IN_CHAIN). Set NODE_EXTRA_CA_CERTS to the PEM file of the authority.'
const wantsTls =
  'The token store cannot be reached (ECONNRESET). If it expects TLS, begin the address with rediss.'
const hasNoTls =
  'The token store does not answer. A server without TLS does not answer either: begin its address with redis.'

describe('what is wrong is said once and costs the sharing, not the token:', () => {
  test.each([
    ['Sentinel of an unknown authority', unknownAuthority, () => [at('rediss+sentinel', byAddress.sentinel)]],
    ['a cluster of an unknown authority', unknownAuthority, () => [at('rediss+cluster', byAddress.cluster)]],
    [
      'Sentinel of another authority than the trusted one',
      unknownAuthority,
      () => [at('rediss+sentinel', byAddress.sentinel), stranger],
    ],
    [
      'a cluster of another authority than the trusted one',
      unknownAuthority,
      () => [at('rediss+cluster', byAddress.cluster), stranger],
    ],
    [
      'servers whose certificates are not for what Sentinel reports',
      'The certificate of the token store is for another name (ERR_TLS_CERT_ALTNAME_INVALID). The certificates must hold for the hosts of the address and for those that Sentinel reports: let it report names with sentinel announce-hostnames.',
      () => [at('rediss+sentinel', byName.sentinel, 'localhost'), byName.authority],
    ],
    [
      'nodes whose certificates are not for what they announce',
      'The certificate of the token store is for another name (ERR_TLS_CERT_ALTNAME_INVALID). The certificates must hold for the hosts of the address and for those that the nodes announce: let them announce names with cluster-announce-hostname and cluster-preferred-endpoint-type.',
      () => [at('rediss+cluster', byName.cluster, 'localhost'), byName.authority],
    ],
    ['no TLS to Sentinel with it', wantsTls, () => [at('redis+sentinel', byAddress.sentinel)]],
    ['no TLS to a cluster with it', wantsTls, () => [at('redis+cluster', byAddress.cluster)]],
    ['TLS to Sentinel without it', hasNoTls, () => [at('rediss+sentinel', plain.sentinel)]],
    ['TLS to a cluster without it', hasNoTls, () => [at('rediss+cluster', plain.cluster)]],
  ] as const)('%s', async (_what, words, toStore) => {
    const [address, authority] = toStore() as [string, string | undefined]
    await using store = await open(address, authority)
    const { stdout, stderr, exitCode } = await store.token()
    expect({ stdout, exitCode }).toEqual({ stdout: expect.stringContaining('speeda'), exitCode: 0 })
    const said = stderr.replace(/\s+/g, ' ').trim()
    expect(said).toBe(`${words} The token is not shared.`)
    expect(said).not.toContain(encryptionKey)
  })
})
