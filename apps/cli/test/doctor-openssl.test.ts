import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { beforeAll, expect, test } from 'vitest'
import { needService } from '../../../tools/services.ts'
import { createScratch, runCommand } from './run-command.ts'

beforeAll(() => {
  needService('openssl')
})

test('a certificate that nobody vouches for exits 5 and says what to trust', async () => {
  await using scratch = await createScratch()
  const [key, certificate] = [join(scratch.path, 'tls.key'), join(scratch.path, 'tls.crt')]
  const made = ['-newkey', 'rsa:2048', '-noenc', '-keyout', key, '-out', certificate, '-days', '1']
  const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  await promisify(execFile)('openssl', ['req', '-x509', ...made, ...named])
  const requests: (string | undefined)[] = []
  const options = { key: readFileSync(key), cert: readFileSync(certificate) }
  const server = createServer(options, ({ method }, response) => {
    requests.push(method)
    response.end()
  })
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const argv = ['doctor', 'cdata', '--account-id', 'example', '--base-url', baseUrl, '--json']
    const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey }
    const { stdout, exitCode } = await runCommand(argv, { env })
    expect(exitCode).toBe(5)
    const { findings } = JSON.parse(stdout) as { findings: { id: string }[] }
    expect(findings.find(({ id }) => id === 'connection')).toMatchObject({ level: 'ok' })
    expect(findings.find(({ id }) => id === 'tls')).toMatchObject({
      level: 'fail',
      sentence: expect.stringContaining('not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)'),
      fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
    expect(requests).toEqual([])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
