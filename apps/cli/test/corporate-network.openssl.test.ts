import { once } from 'node:events'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator, type TlsIdentity } from '@countersign/testing'
import { beforeAll, expect, test } from 'vitest'
import { needService } from '../../../tools/services.ts'
import { createCertificates } from './create-certificates.ts'
import { createScratch } from './run-command.ts'
import { runProcess } from './run-process.ts'

beforeAll(() => {
  needService('openssl')
})

/** A proxy that is itself spoken to over TLS. */
async function startTlsProxy(identity: TlsIdentity) {
  const asked: (string | undefined)[] = []
  const server = createServer(identity).on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    const { hostname, port } = new URL(`http://${url}`)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    asked,
    host: `localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

test.each([
  ['https', 'known', 0, /^$/],
  ['https', 'unknown', 5, /NETWORK: The proxy https:\S+ \(HTTPS_PROXY\) is not trusted/],
  ['http', 'known', 5, /NETWORK: The proxy http:\S+ \(HTTPS_PROXY\) \w+/],
])('a proxy over TLS as %s://, of an authority that is %s here, exits %d', async (...given) => {
  const [scheme, authority, expected, words] = given
  await using scratch = await createScratch()
  const certificates = await createCertificates(scratch)
  await using proxy = await startTlsProxy(certificates.server)
  const emulator = createSpeedaEmulator()
  const { clientId, keyId } = await emulator.register(fixedKeys.rsa2048.publicKey)
  await using served = await serveEmulator(emulator, certificates.server)
  const { stderr, exitCode } = await runProcess(
    ['token', 'speeda', '--client-id', clientId, '--key-id', keyId, '--base-url', served.url],
    {
      HOME: scratch.path,
      HTTPS_PROXY: `${scheme}://ada:hush-hush@${proxy.host}`,
      COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
      NODE_EXTRA_CA_CERTS: authority === 'known' ? certificates.authority : '',
    },
  )
  expect(exitCode).toBe(expected)
  expect(stderr).toMatch(words)
  expect(stderr).not.toMatch(/hush|ada:/)
  const { host } = new URL(served.url)
  expect(proxy.asked).toEqual(expected === 0 ? [host] : [])
  expect(emulator.journal.map(({ path }) => path)).toEqual(expected === 0 ? ['/token'] : [])
})

test('an API whose certificate is of an unknown authority gets no request', async () => {
  await using scratch = await createScratch()
  const certificates = await createCertificates(scratch)
  const emulator = createSpeedaEmulator()
  const { clientId, keyId } = await emulator.register(fixedKeys.rsa2048.publicKey)
  await using served = await serveEmulator(emulator, certificates.server)
  const ask = (known: string) =>
    runProcess(['token', 'speeda', '--client-id', clientId, '--key-id', keyId, '--base-url', served.url], {
      HOME: scratch.path,
      COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
      NODE_EXTRA_CA_CERTS: known,
    })
  const { stderr, exitCode } = await ask('')
  expect({ exitCode, journal: emulator.journal }).toEqual({ exitCode: 5, journal: [] })
  expect(stderr).toMatch(/^NETWORK: /)
  expect((await ask(certificates.authority)).exitCode).toBe(0)
})
