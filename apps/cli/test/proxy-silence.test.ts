import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { watchSilence } from '../src/proxy/forward.ts'

test('data that arrived while this process was busy does not count as silence', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [peer] = (await once(server, 'connection')) as [Socket]
  const incoming = new IncomingMessage(new Socket())
  incoming.complete = true
  let told = 0
  const silence = watchSilence({
    timeoutMs: 500,
    provider: 'utgl',
    incoming,
    outgoing: new ServerResponse(incoming),
    onSilence: () => {
      told++
    },
  })
  client.once('data', silence.broken)
  peer.write('here')
  const start = performance.now()
  while (performance.now() - start < 600);
  // The timer is over now, and what came is not read yet.
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  expect(told).toBe(0)
  silence.stop()
  client.destroy()
  server.close()
})
