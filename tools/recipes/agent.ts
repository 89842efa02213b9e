import { createPublicKey } from 'node:crypto'
import { request } from 'node:http'
import type { SigningKey } from '@countersign/core'

/**
 * A key held by an agent of your own on a Unix socket: a process of another
 * user that holds the key and answers `POST /sign/RS256` with the signature of
 * the body's bytes, and `GET /public-key` with SPKI PEM.
 */
export async function createAgentKey(
  socketPath: string,
  algorithm: 'RS256' | 'RS512',
): Promise<SigningKey> {
  const call = (method: string, path: string, body?: Uint8Array) =>
    new Promise<Buffer>((resolve, reject) => {
      const signal = AbortSignal.timeout(10_000)
      const sent = request(
        { socketPath, method, path, signal },
        async (answer) => {
          try {
            const bytes = Buffer.concat(await answer.toArray())
            if (answer.statusCode === 200) resolve(bytes)
            else reject(new Error(`the agent answered ${answer.statusCode}`))
          } catch (error) {
            reject(error)
          }
        },
      )
      sent.on('error', reject).end(body)
    })
  const publicKey = createPublicKey(await call('GET', '/public-key'))
  const { n, e } = publicKey.export({ format: 'jwk' })
  return {
    algorithm,
    publicJwk: { kty: 'RSA', n: n as string, e: e as string },
    sign: (data) => call('POST', `/sign/${algorithm}`, data),
  }
}
