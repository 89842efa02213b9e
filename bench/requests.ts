import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createSpeeda } from '@countersign/speeda'
import { OAuth2Client } from 'google-auth-library'
import ky from 'ky'
import { allowInsecureRequests, protectedResourceRequest } from 'oauth4webapi'
import { medianTimes, type Row, repeat, throughputRow } from './paired.ts'

// The server has a thread of its own, so that its work is not counted.
if (!isMainThread) {
  const token = JSON.stringify({ access_token: 'access-token', token_type: 'Bearer', expires_in: 86_400 })
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    request.resume().once('end', () => response.end(request.method === 'POST' ? token : '{"message":"pong"}'))
  })
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}

/** Calls with a cached token against the same calls with a constant header, over loopback. */
export async function measureRequests(): Promise<Row[]> {
  const server = new Worker(new URL(import.meta.url))
  try {
    const [port] = (await once(server, 'message')) as [number]
    return [
      ...(await measureAt(`http://127.0.0.1:${port}`, 1)),
      ...(await measureAt(`http://127.0.0.1:${port}`, 64)),
    ]
  } finally {
    await server.terminate()
  }
}

async function measureAt(origin: string, inFlight: number): Promise<Row[]> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const speeda = createSpeeda({ clientId: 'client', keyId: 'key', privateKey, baseUrl: origin })
  const authorization = 'Bearer access-token'
  const bareKy = ky.create({ prefix: origin, headers: { authorization } })
  const google = new OAuth2Client()
  google.setCredentials({ access_token: 'access-token', expiry_date: Date.now() + 86_400_000 })
  const url = `${origin}/ping`
  const read = async (response: Response) => response.text()
  const count = inFlight === 1 ? 200 : 1024
  const many = (call: () => Promise<unknown>) => () => repeat(count, inFlight, call)
  const times = await medianTimes({
    bareFetch: many(async () => read(await fetch(url, { headers: { authorization } }))),
    fetch: many(async () => read(await speeda.fetch(url))),
    oauth4webapi: many(async () =>
      read(
        await protectedResourceRequest('access-token', 'GET', new URL(url), undefined, undefined, {
          [allowInsecureRequests]: true,
        }),
      ),
    ),
    google: many(() => google.request({ url })),
    bareKy: many(() => bareKy.get('ping').json()),
    api: many(() => speeda.api.get('ping').json()),
  })
  const how = inFlight === 1 ? 'one after the other' : `${inFlight} in flight`
  const target = { target: '\u2265 0.95', least: 0.95 }
  return [
    throughputRow(
      { ...target, what: `\`fetch\` with a cached token, ${how}`, against: 'bare `fetch`' },
      {
        ours: times.fetch,
        base: times.bareFetch,
        peers: { oauth4webapi: times.oauth4webapi, 'google-auth-library': times.google },
      },
    ),
    throughputRow(
      { ...target, what: `\`api.get().json()\`, ${how}`, against: 'bare ky with a constant header' },
      { ours: times.api, base: times.bareKy },
    ),
  ]
}
