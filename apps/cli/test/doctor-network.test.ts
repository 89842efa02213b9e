import { RequestError } from '@countersign/core'
import { expect, test } from 'vitest'
import { judgeNetwork } from '../src/doctor/network.ts'

const url = new URL('https://api.example/v1')

test.each([
  ['ENOTFOUND', 'dns', 'nslookup api.example'],
  ['EAI_AGAIN', 'dns', 'nslookup api.example'],
  ['ECONNREFUSED', 'connection', 'curl --head https://api.example'],
  ['ECONNRESET', 'connection', 'curl --head https://api.example'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connection', 'curl --head https://api.example'],
  ['NETWORK', 'connection', 'curl --head https://api.example'],
  ['CERT_HAS_EXPIRED', 'tls', 'date'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'NODE_EXTRA_CA_CERTS'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'NODE_EXTRA_CA_CERTS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'openssl s_client -connect api.example:443'],
  ['EPROTO', 'tls', 'openssl s_client -connect api.example:443'],
])('%s fails %s alone and exits 5', (code, id, fix) => {
  const judged = judgeNetwork({ code }, { provider: 'utgl', url, proxied: false })
  const failed = judged.filter(({ level }) => level !== 'ok')
  expect(failed).toMatchObject([{ id, level: 'fail', exitCode: 5, fix: expect.stringContaining(fix) }])
  expect(failed[0]?.sentence).toContain(`(${code})`)
  expect(judged.at(-1)).toBe(failed[0])
})

test('behind a proxy it is told who failed: the proxy or the server', () => {
  const route = { provider: 'utgl', url, proxied: true }
  const error = new RequestError('NETWORK', 'The proxy http://p:1 (HTTPS_PROXY) is asleep.', {
    hint: 'Wake it.',
  })
  expect(judgeNetwork({ code: 'NETWORK', error }, route)).toMatchObject([
    {
      id: 'connection',
      level: 'fail',
      sentence: 'NETWORK: The proxy http://p:1 (HTTPS_PROXY) is asleep.',
      fix: 'Wake it.',
      exitCode: 5,
    },
  ])
  expect(judgeNetwork({ code: 'ECONNRESET' }, route).at(-1)?.sentence).toBe(
    'api.example, through the proxy, closed the connection (ECONNRESET).',
  )
})

test('an answer is an address, a connection and a certificate', () => {
  const answer = { status: 404, aheadMs: undefined, tookMs: 12 }
  const judged = judgeNetwork(answer, { provider: 'utgl', url, proxied: false })
  expect(judged.map(({ id, level }) => `${id} ${level}`)).toEqual(['dns ok', 'connection ok', 'tls ok'])
  expect(judged[1]?.sentence).toBe('api.example answered 404 after 12 ms.')
})
