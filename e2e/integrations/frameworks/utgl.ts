import { createReplayStore } from '@countersign/core/redis'
import {
  createUtgl,
  VerificationError,
  verifyUtglWebhook,
} from '@countersign/utgl'
import { createClient } from 'redis'

const {
  UTGL_ACCESS_KEY = '',
  UTGL_PRIVATE_KEY = '',
  UTGL_BASE_URL,
  UTGL_WEBHOOK_KEY = '',
  REDIS_URL = '',
} = process.env

export const utgl = createUtgl({
  accessKey: UTGL_ACCESS_KEY,
  privateKey: UTGL_PRIVATE_KEY,
  baseUrl: UTGL_BASE_URL,
})

const client = createClient({ url: REDIS_URL, disableOfflineQueue: true })
client.on('error', () => undefined)
await client.connect()
const replays = createReplayStore({ client })

/**
 * The status to answer a webhook with: 401 when UTGL did not send it, 200 when
 * it has been handled, now or before.
 */
export async function receiveWebhook(
  signature: string | null | undefined,
  body: string | Uint8Array,
) {
  try {
    await verifyUtglWebhook({
      publicKey: UTGL_WEBHOOK_KEY,
      signature: signature ?? '',
      body,
    })
  } catch (error) {
    if (error instanceof VerificationError) return 401
    throw error
  }
  const event = JSON.parse(
    typeof body === 'string' ? body : new TextDecoder().decode(body),
  )
  const outcome = await replays.once(event.id, () =>
    utgl.api.post('ping', { json: { handled: event.id } }),
  )
  return outcome === 'in-progress' ? 503 : 200
}
