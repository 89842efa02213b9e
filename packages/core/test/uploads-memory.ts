import { createAuth } from '../src/index.ts'

/** Run by a process of its own: uploads 256 MiB as a stream, and prints the most that was held of it meanwhile. */
const [, , way, url = ''] = process.argv
const mebibyte = 1_048_576
const total = 256 * mebibyte
const pieceLength = 65_536
const { gc: collect } = globalThis
if (collect === undefined) throw new Error('Run with --expose-gc.')

let made = 0
let held = 0
const body = new ReadableStream<Uint8Array>({
  pull(controller) {
    if (made === total) return controller.close()
    controller.enqueue(new Uint8Array(pieceLength))
    made += pieceLength
    if (made % (32 * mebibyte) !== 0) return
    // Twice: a first collection may only mark buffers as free.
    collect()
    collect()
    held = Math.max(held, process.memoryUsage().arrayBuffers)
  },
})
const init = { method: 'POST', body, duplex: 'half' as const }
const auth = createAuth('fake', async () => ({ authorization: 'Proof 1' }), {
  baseUrl: url,
  signsBody: false,
})
const response =
  way === 'fetch'
    ? await auth.fetch(url, init)
    : way === 'Request'
      ? await auth.fetch(new Request(url, init))
      : way === 'api'
        ? await auth.api.put('upload', { body })
        : await auth.api.put(new Request(new URL('upload', url), { ...init, method: 'PUT' }), { retry: 0 })
process.stdout.write(JSON.stringify({ received: await response.text(), heldMebibytes: held / mebibyte }))
