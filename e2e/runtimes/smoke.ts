import keys from 'virtual:keys'
import { flowsOf, loadProviders } from '@countersign/providers'
import { expect, test } from 'vitest'

/** A request is accepted, for every way to authenticate, with a key that the runtime imported. */
for (const { name, provider, createEmulator, options } of (await loadProviders()).flatMap(flowsOf))
  test(`smoke: ${name}`, async () => {
    const emulator = createEmulator()
    const credentials = { privateKey: keys.own.privateKey, ...(await emulator.register(keys.own.publicKey)) }
    const auth = provider.create({ ...options(credentials), fetch: emulator.fetch })
    const { method, path } = provider.example
    const response = await auth.fetch(`${Object.values(provider.baseUrls)[0]}/${path}`, { method })
    expect(response.status).toBe(200)
    expect(await response.json()).toBeTypeOf('object')
  })
