import { Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'

/** The part of a request's context that is used here. */
interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void
}

let now = Date.now()
let context: ExecutionContext | undefined

/** One source for the life of the isolate, as an application has. */
const sourceOf = (background: ((work: Promise<unknown>) => void) | undefined) =>
  createTokenSource(
    async () => {
      const response = await fetch('https://login.example/token', { method: 'POST' })
      const { value } = (await response.json()) as { value: string }
      return { value: new Secret(value), scheme: 'Bearer', expiresAt: now + 600_000 }
    },
    { id: 'fake', origin: 'https://login.example', clock: () => now, random: () => 0, background },
  )

const sources = {
  plain: sourceOf(undefined),
  background: sourceOf((work) => context?.waitUntil(work)),
}

/** Answers with the token; `x-now` moves the clock, which only goes forward. */
export default {
  async fetch(request: Request, _env: unknown, ctx: ExecutionContext): Promise<Response> {
    now = Math.max(now, Number(request.headers.get('x-now')))
    context = ctx
    const source = request.headers.has('x-background') ? sources.background : sources.plain
    const token = await source.get()
    return new Response(token.value.reveal())
  },
}
