import { createSpeeda, generateKeyPair } from '@countersign/speeda'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createUtgl, KeyError } from '@countersign/utgl'
import { createUtglEmulator } from '@countersign/utgl/emulator'

/** One API whose token is exchanged and one whose requests are signed, by `fetch` and by `api`, which loads ky. */
export async function tryProviders() {
  const { privateKey, publicKey } = await generateKeyPair()
  const exchanging = createSpeedaEmulator()
  const speeda = createSpeeda({
    ...(await exchanging.register(publicKey)),
    privateKey,
    fetch: exchanging.fetch,
  })
  const signing = createUtglEmulator()
  const utgl = createUtgl({ ...(await signing.register(publicKey)), privateKey, fetch: signing.fetch })
  const responses = [
    await speeda.fetch('https://datafeed.ub-speeda.com/private-company/v1/companies'),
    await speeda.api.get('private-company/v1/companies'),
    await utgl.fetch('https://access.utgl.io/v1/ping', { method: 'POST', body: '{"hello":"world"}' }),
    await utgl.api.post('ping', { json: { hello: 'world' } }),
  ]
  const error = await utgl.api.get('accounts', { fetch: () => 1 }).catch((reason) => reason)
  const refusal = await createUtglEmulator()
    .register('no key')
    .catch((reason) => reason)
  return {
    statuses: responses.map(({ status }) => status),
    // Two copies of core in a bundle would have two classes.
    oneCore: refusal instanceof KeyError,
    named: error instanceof Error,
  }
}
