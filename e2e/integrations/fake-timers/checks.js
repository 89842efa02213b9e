import { createServer } from 'node:http'
import { CountersignError, createMemoryTokenStore } from '@countersign/core'
import { createSpeeda, generateKeyPair } from '@countersign/speeda'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createUtgl } from '@countersign/utgl'

const lifeMs = 300_000

async function start(options) {
  const { privateKey, publicKey } = await generateKeyPair()
  const emulator = createSpeedaEmulator()
  emulator.answer('GET /companies', () => ['company-1'])
  const all = { ...(await emulator.register(publicKey)), privateKey, fetch: emulator.fetch, ...options }
  return {
    emulator,
    all,
    speeda: createSpeeda(all),
    arrived: () => emulator.journal.map(({ endpoint, status }) => `${endpoint} ${status}`),
  }
}

/** The emulator on loopback; in Jest, what an adapter for servers makes of a request is of another realm. */
async function listen(emulator) {
  const server = createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    const { method, headers } = request
    const body = parts.length > 0 ? Buffer.concat(parts) : undefined
    const answer = await emulator.fetch(`http://${headers.host}${request.url}`, { method, headers, body })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * What must hold with the fake timers of any runner: `fakes` installs them by the name of what is faked,
 * `pass` lets time pass at once, and `turn` does so and lets what is under way go on.
 */
export function checkFakeTimers({ test, expect, afterEach, fakes, pass, turn, restore }) {
  afterEach(restore)

  for (const [name, install] of Object.entries(fakes)) {
    const passLife = () => pass(name, lifeMs)

    test(`with ${name}, a token is renewed after its life`, async () => {
      install()
      const { speeda, arrived } = await start()
      const first = await speeda.token()
      expect((await speeda.token()).value.reveal()).toBe(first.value.reveal())
      passLife()
      expect(await speeda.api.get('companies').json()).toEqual(['company-1'])
      expect(arrived()).toEqual(['token 200', 'token 200', 'api 200'])
    })

    test(`with ${name}, sources that share a store make one exchange, before and after its life`, async () => {
      install()
      const { all, arrived } = await start({ tokenStore: createMemoryTokenStore() })
      const tokens = async () => {
        const both = await Promise.all([createSpeeda(all).token(), createSpeeda(all).token()])
        return both.map(({ value }) => value.reveal())
      }
      const [first, same] = await tokens()
      expect(same).toBe(first)
      passLife()
      const [second, again] = await tokens()
      expect(again).toBe(second)
      expect(second).not.toBe(first)
      expect(arrived()).toEqual(['token 200', 'token 200'])
    })

    test(`with ${name}, calls over HTTP are answered`, async () => {
      install()
      const { emulator, all, arrived } = await start()
      const server = await listen(emulator)
      const speeda = createSpeeda({ ...all, fetch: undefined, baseUrl: server.url })
      await speeda.api.get('companies').json()
      passLife()
      expect(await speeda.api.get('companies').json()).toEqual(['company-1'])
      await server.close()
      expect(arrived()).toEqual(['token 200', 'api 200', 'token 200', 'api 200'])
    })

    test(`with ${name}, AbortSignal.timeout ends a call that has no answer`, async () => {
      install()
      const { emulator, speeda } = await start()
      await speeda.token()
      const call = { signal: AbortSignal.timeout(1) }
      emulator.faults.always({ on: 'api', hang: true })
      await expect(speeda.api.get('companies', call)).rejects.toMatchObject({ name: 'TimeoutError' })
    })

    test(`with ${name}, a service that cannot be reached is named`, async () => {
      install()
      const { emulator, all } = await start()
      const server = await listen(emulator)
      await server.close()
      const utgl = createUtgl({
        accessKey: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
        privateKey: all.privateKey,
        baseUrl: server.url,
      })
      const error = await utgl.fetch(`${server.url}/ping`).catch((reason) => reason)
      expect(error).toMatchObject({ code: 'NETWORK' })
      expect(error).toBeInstanceOf(Error)
      expect(CountersignError.isInstance(error)).toBe(true)
    })

    if (name === 'every timer faked') {
      test(`with ${name}, an exchange without an answer ends when its time limit has passed`, async () => {
        install()
        const { emulator, speeda } = await start()
        emulator.faults.always({ on: 'token', hang: true })
        let error
        speeda.token().catch((reason) => {
          error = reason
        })
        while (error === undefined) await turn(1_000)
        expect(error).toMatchObject({ code: 'TIMEOUT', endpoint: 'token' })
      })
    } else {
      test(`with ${name}, a token request and a call are repeated`, async () => {
        install()
        const { emulator, speeda, arrived } = await start()
        emulator.faults.once({ on: 'token', status: 503 })
        emulator.faults.once({ on: 'api', status: 503 })
        expect(await speeda.api.get('companies').json()).toEqual(['company-1'])
        expect(arrived()).toEqual(['token 503', 'token 200', 'api 503', 'api 200'])
      })
    }
  }
}
