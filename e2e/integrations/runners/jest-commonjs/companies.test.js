const { createSpeeda, generateKeyPair } = require('@countersign/speeda')
const { createSpeedaEmulator } = require('@countersign/speeda/emulator')

beforeEach(() => void jest.useFakeTimers({ advanceTimers: true }))
afterEach(() => void jest.useRealTimers())

/** A function of the program under test, and the emulator that answers it. */
async function start() {
  const { privateKey, publicKey } = await generateKeyPair()
  const emulator = createSpeedaEmulator()
  emulator.answer('GET /private-company/v1/companies', () => [
    { id: 'company-1' },
  ])
  const speeda = createSpeeda({
    ...(await emulator.register(publicKey)),
    privateKey,
    fetch: emulator.fetch,
  })
  return {
    emulator,
    arrived: () =>
      emulator.journal.map(({ endpoint, status }) => `${endpoint} ${status}`),
    listCompanies: () => speeda.api.get('private-company/v1/companies').json(),
  }
}

test('one token serves all calls until its five minutes have passed', async () => {
  const { arrived, listCompanies } = await start()
  expect(await listCompanies()).toEqual([{ id: 'company-1' }])
  await listCompanies()
  expect(arrived()).toEqual(['token 200', 'api 200', 'api 200'])
  jest.advanceTimersByTime(300_000)
  await listCompanies()
  expect(arrived().slice(3)).toEqual(['token 200', 'api 200'])
})

test('a service that is busy is asked again', async () => {
  const { emulator, arrived, listCompanies } = await start()
  emulator.faults.once({ on: 'token', status: 503 })
  expect(await listCompanies()).toEqual([{ id: 'company-1' }])
  expect(arrived()).toEqual(['token 503', 'token 200', 'api 200'])
})
