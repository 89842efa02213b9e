import type { PlainAnswer, RecordedRequest } from '../../packages/testing/src/recording-server.ts'

/**
 * The servers of the contract suite for runtimes without server sockets: an address that this module gives out is
 * answered by a function, and any other goes to the runtime's own `fetch`.
 */
type Handler = (request: Request) => Promise<Response>

const handlers = new Map<string, Handler>()
const platformFetch = globalThis.fetch
let next = 1

globalThis.fetch = async (input, init) => {
  const request = new Request(input as Request, init as RequestInit)
  const handler = handlers.get(new URL(request.url).origin)
  if (handler === undefined) return platformFetch(input, init)
  const { signal } = request
  signal.throwIfAborted()
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([handler(request), aborted])
  } catch (error) {
    // What the caller did is the caller's; a connection that breaks is a TypeError to `fetch`.
    throw signal.aborted ? signal.reason : new TypeError('The connection broke.', { cause: error })
  }
}

function serve(handler: Handler) {
  const url = `http://127.0.0.1:${20_000 + next++}`
  handlers.set(url, handler)
  const close = async () => {
    handlers.delete(url)
  }
  return { url, close, [Symbol.asyncDispose]: close }
}

export async function serveEmulator(emulator: { fetch(request: Request): Promise<Response> }) {
  return serve((request) => emulator.fetch(request))
}

export async function startRecordingServer(answer: (request: RecordedRequest) => PlainAnswer = () => ({})) {
  const requests: { method: string; target: string }[] = []
  const server = serve(async (request) => {
    const { pathname, search } = new URL(request.url)
    const recorded = { method: request.method, target: pathname + search }
    requests.push(recorded)
    const { status = 200, headers = {}, body = '{}' } = answer(recorded as RecordedRequest)
    return new Response(body as BodyInit, {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  })
  return { ...server, requests }
}
