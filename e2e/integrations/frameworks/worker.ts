import type {
  DurableObjectNamespace,
  DurableObjectState,
} from '@cloudflare/workers-types'
import {
  createUtgl,
  VerificationError,
  verifyUtglWebhook,
} from '@countersign/utgl'

interface Env {
  UTGL_ACCESS_KEY: string
  UTGL_PRIVATE_KEY: string
  UTGL_BASE_URL?: string
  UTGL_WEBHOOK_KEY: string
  EVENTS: DurableObjectNamespace
}

const connect = (env: Env) =>
  createUtgl({
    accessKey: env.UTGL_ACCESS_KEY,
    privateKey: env.UTGL_PRIVATE_KEY,
    baseUrl: env.UTGL_BASE_URL,
  })

let utgl: ReturnType<typeof connect> | undefined

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    utgl ??= connect(env)
    if (request.method === 'GET')
      return Response.json(await utgl.api.get('accounts').json())
    const body = await request.text()
    const signature = request.headers.get('x-access-signature') ?? ''
    try {
      await verifyUtglWebhook({
        publicKey: env.UTGL_WEBHOOK_KEY,
        signature,
        body,
      })
    } catch (error) {
      if (error instanceof VerificationError)
        return new Response(null, { status: 401 })
      throw error
    }
    const event = env.EVENTS.get(env.EVENTS.idFromName(JSON.parse(body).id))
    const { status } = await event.fetch('https://event.example', {
      method: 'POST',
      body,
    })
    return new Response(null, { status })
  },
}

/**
 * One object for each id: it handles its webhook once, and forgets it after a
 * week.
 */
export class UtglEvent {
  readonly #state: DurableObjectState
  readonly #env: Env

  constructor(state: DurableObjectState, env: Env) {
    this.#state = state
    this.#env = env
  }

  async fetch(request: Request): Promise<Response> {
    const { id } = (await request.json()) as { id: string }
    await this.#state.blockConcurrencyWhile(async () => {
      if ((await this.#state.storage.get('handled')) === true) return
      await connect(this.#env).api.post('ping', { json: { handled: id } })
      await this.#state.storage.put('handled', true)
      await this.#state.storage.setAlarm(Date.now() + 7 * 24 * 3_600_000)
    })
    return new Response(null, { status: 200 })
  }

  async alarm(): Promise<void> {
    await this.#state.storage.deleteAll()
  }
}
