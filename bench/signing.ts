import { generateKeyPairSync, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { createUtgl } from '@countersign/utgl'
import { importPKCS8, SignJWT } from 'jose'
import { medianTimes, type Row, repeat, throughputRow } from './paired.ts'

const inFlight = 64
const count = 512

/** A whole UTGL proof against the raw signature that it contains. */
export async function measureSigning(): Promise<Row[]> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const utgl = createUtgl({
    accessKey: '00000000-0000-4000-8000-000000000000',
    privateKey: pem,
    fetch: async () => new Response(null),
  })
  const url = 'https://access.utgl.io/v1/ping'
  const rawSign = promisify(sign)
  const data = Buffer.alloc(600, 1)
  const joseKey = await importPKCS8(pem, 'RS256')
  const josePeer = () =>
    new SignJWT({ method: 'GET', uri: '/v1/ping' })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuedAt()
      .setExpirationTime('25s')
      .sign(joseKey)
  const times = await medianTimes({
    raw: () => repeat(count, inFlight, () => rawSign('sha256', data, privateKey)),
    headers: () => repeat(count, inFlight, () => utgl.headers(new Request(url))),
    fetch: () => repeat(count, inFlight, () => utgl.fetch(url)),
    jose: () => repeat(count, inFlight, josePeer),
  })
  const row = { against: 'raw `crypto.sign`', target: '\u2265 0.90', least: 0.9 }
  const peers = { jose: times.jose }
  return [
    throughputRow(
      { ...row, what: '`utgl.headers()`, 64 in flight' },
      { ours: times.headers, base: times.raw, peers },
    ),
    throughputRow(
      { ...row, what: '`utgl.fetch()` without a network, 64 in flight' },
      { ours: times.fetch, base: times.raw, peers },
    ),
  ]
}
