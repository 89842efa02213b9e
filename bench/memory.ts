import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Row } from './paired.ts'

const bodyBytes = 32 * 1024 * 1024
const self = fileURLToPath(import.meta.url)

/** Prints how many bodies are held beside the caller's when the provider's `fetch` is called. */
async function holdBody(kind: string): Promise<void> {
  const { createUtgl } = await import('@countersign/utgl')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('Run with --expose-gc.')
  const held = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  let base = 0
  let copies = 0
  const utgl = createUtgl({
    accessKey: '00000000-0000-4000-8000-000000000000',
    privateKey,
    fetch: async () => {
      // Twice: a first collection may only mark buffers as free.
      held()
      copies = (held() - base) / bodyBytes
      return new Response(null)
    },
  })
  await utgl.fetch('https://access.utgl.io/v1/ping')
  let left = kind === 'bytes' ? 0 : bodyBytes
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close()
      controller.enqueue(new Uint8Array(65_536))
      left -= 65_536
    },
  })
  const body = kind === 'bytes' ? new Uint8Array(bodyBytes) : stream
  base = held()
  const streaming = kind === 'bytes' ? {} : { duplex: 'half' as const }
  await utgl.fetch('https://access.utgl.io/v1/ping', { method: 'POST', body, ...streaming })
  console.log(copies.toFixed(2))
}

/** Copies of a body that is signed, besides what the caller holds. */
export function measureMemory(): Row[] {
  return (
    [
      ['bytes', '32 MiB body given as bytes'],
      ['stream', '32 MiB body given as a stream'],
    ] as const
  ).map(([kind, what]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', self, kind], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    const copies = Number(stdout)
    return {
      what,
      against: "copies held when the platform's `fetch` is called, besides the caller's",
      measured: copies.toFixed(1),
      target: '\u2264 1',
      reached: copies <= 1.1,
    }
  })
}

if (import.meta.main) await holdBody(process.argv[2] ?? 'bytes')
