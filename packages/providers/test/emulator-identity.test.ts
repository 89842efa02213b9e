import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { flowsOf, loadProviders } from '../src/index.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const flows = (await loadProviders()).flatMap(flowsOf)

test.each(flows)('an added endpoint of the emulator knows who called: $name', async (flow) => {
  const { provider, createEmulator, credentials, options } = flow
  const emulator = createEmulator()
  const registered = (await emulator.register(publicKey)) as Readonly<Record<string, unknown>>
  const { method, path } = provider.example
  const [route = ''] = path.split('?')
  emulator.answer(`${method} /${route}`, ({ identity }) => identity)
  const auth = provider.create({ ...options({ ...registered, privateKey }), fetch: emulator.fetch })
  const [baseUrl = ''] = Object.values(provider.baseUrls)
  const response = await auth.fetch(`${baseUrl}/${path}`, { method })
  expect([response.status, emulator.journal.at(-1)?.rule]).toEqual([200, undefined])
  // The first credential is the id, and the rest prove it.
  const [id = ''] = credentials
  expect(await response.json()).toMatchObject({ [id]: registered[id] })
})
