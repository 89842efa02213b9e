import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fixedKeys } from '@countersign/fixtures'
import { createOAuth, type OAuthOptions } from '@countersign/oauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needService } from '../../tools/services.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const
const jwtBearer = { grant: 'jwt-bearer', subject: 'user@example.com' } as const

let server: ChildProcess
let baseUrl: string

beforeAll(async () => {
  needService('authlib')
  // The interpreter that Debian's packages belong to.
  server = spawn('/usr/bin/python3', [fileURLToPath(new URL('authlib_server.py', import.meta.url))], {
    env: { PUBLIC_KEY: rsa2048.publicKey, AUTHLIB_INSECURE_TRANSPORT: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (server.stdout === null) throw new Error('The server has no output.')
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
  baseUrl = line
})

afterAll(async () => {
  const ended = once(server, 'exit')
  server.kill()
  await ended
})

const clientFor = (more: Partial<OAuthOptions> = {}) =>
  createOAuth({
    baseUrl,
    tokenUrl: '/token',
    clientId: 'authlib-client',
    privateKey: rsa2048.privateKey,
    ...more,
  } as OAuthOptions)

test.each(algorithms)(
  'authlib issues a token for a client assertion and for a grant signed with %s',
  async (algorithm) => {
    for (const grant of [{}, jwtBearer]) {
      const token = await clientFor({ algorithm, ...grant }).token()
      expect(token.scheme).toBe('Bearer')
      expect(token.value.reveal()).toMatch(/^[\da-f]{32}$/)
      expect(token.expiresAt - token.issuedAt).toBe(600_000)
    }
  },
)

test.each([
  ['a client assertion of another key', { privateKey: otherRsa2048.privateKey }, 'invalid_client'],
  ['a client assertion for another server', { audience: 'https://other.example' }, 'invalid_client'],
  ['an unknown client', { clientId: 'somebody' }, 'invalid_client'],
  ['a grant of another key', { ...jwtBearer, privateKey: otherRsa2048.privateKey }, 'invalid_grant'],
  ['a grant for an unknown user', { ...jwtBearer, subject: 'nobody' }, 'invalid_grant'],
])('authlib refuses %s', async (_what, more, providerCode) => {
  await expect(clientFor(more).token()).rejects.toMatchObject({
    code: 'TOKEN_REQUEST_REJECTED',
    providerCode,
    retryable: false,
  })
})
