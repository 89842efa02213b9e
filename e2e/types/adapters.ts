/** Every adapter in a program without the DOM library. */
import { createCData } from '@countersign/cdata'
import { createPaymentsGate } from '@countersign/paymentsgate'
import { createSpeeda } from '@countersign/speeda'
import { createUtgl, verifyUtglWebhook } from '@countersign/utgl'
import { createVictor } from '@countersign/victor'

declare const text: string

export async function call(): Promise<unknown[]> {
  const speeda = createSpeeda({ clientId: text, keyId: text, privateKey: text })
  const cdata = createCData({ accountId: text, privateKey: text })
  const utgl = createUtgl({ accessKey: text, privateKey: text })
  const victor = createVictor({ environment: 'staging', apiKey: text, privateKey: text })
  const paymentsgate = createPaymentsGate({ accountId: text, publicKey: text, environment: 'sandbox' })
  await verifyUtglWebhook({ publicKey: text, signature: text, body: new ArrayBuffer(8) })
  // @ts-expect-error A number is not a key.
  createUtgl({ accessKey: text, privateKey: 42 })
  // @ts-expect-error A parsed body cannot be verified.
  await verifyUtglWebhook({ publicKey: text, signature: text, body: { id: 5 } })
  const response = await speeda.fetch('https://example.com')
  response.status satisfies number
  // @ts-expect-error A Response is not any.
  response.noSuchMember
  const auths = [speeda, cdata, utgl, victor, paymentsgate]
  return Promise.all(auths.map((auth) => auth.api.get('path').json<unknown>()))
}
