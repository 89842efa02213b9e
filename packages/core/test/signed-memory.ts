import { createAuth } from '../src/index.ts'

/** Run by a process of its own: signs 64 MiB, and prints how often they are held when they are sent. */
const [, , way] = process.argv
const length = 64 * 1_048_576
const { gc: collect } = globalThis
if (collect === undefined) throw new Error('Run with --expose-gc.')
const held = () => {
  // Twice: a first collection may only mark buffers as free.
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}

let base = 0
let copies = 0
let sent = 0
const url = 'https://fake.example/upload'
const auth = createAuth('fake', async ({ body }) => ({ authorization: `Proof ${body.length}` }), {
  baseUrl: url,
  fetch: async (_input, { body } = {}) => {
    copies = (held() - base) / length
    sent = body instanceof Uint8Array ? body.length : 0
    return new Response(null)
  },
})
await auth.fetch(url, { method: 'POST', body: new Uint8Array(1) })

let left = length
const stream = () =>
  new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (left === 0) return controller.close()
      controller.enqueue(new Uint8Array(65_536))
      left -= 65_536
    },
  })
const body = way === 'bytes' ? new Uint8Array(length) : stream()
base = held()
const init = { method: 'POST', body, duplex: 'half' as const }
await auth.fetch(
  ...((way === 'a Request' ? [new Request(url, init)] : [url, init]) as Parameters<typeof fetch>),
)
process.stdout.write(JSON.stringify({ sentMebibytes: sent / 1_048_576, copies }))
