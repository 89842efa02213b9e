import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { serveEmulators } from '../apps/cli/src/emulator/serve-emulators.ts'
import { run } from '../apps/cli/src/run.ts'

/**
 * 64 connections through `countersign proxy utgl`, each request signed and each signature verified by the
 * emulator. Emulator and callers have a thread of their own, so that the heap shown is the proxy's alone.
 *
 * `--mounts 2` serves the provider twice, and callers take turns.
 *
 * On two busy cores, Node 24, `--seconds 60`: 51,733 requests, 860 in a second, no error, median 58 ms; heap 22.1 MiB
 * before, 18.5 MiB after.
 * The same with `--mounts 2`, on cores less busy: 73,143 requests, 1,218 in a second, no error, median 47 ms; heap
 * 22.6 MiB before, 18.4 MiB after.
 */
const connections = 64
/** Bodies are of this size; every other request is a GET. */
const bodyBytes = 1024

interface Job {
  seconds: number
  mounts: number
}

interface Result {
  requests: number
  errors: number
  seconds: number
  /** Milliseconds, sorted. */
  median: number
  p99: number
}

if (isMainThread) await measure()
else await load(workerData as Job)

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '10' }, mounts: { type: 'string', default: '1' } },
  })
  const mounts = Number(values.mounts)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { seconds: Number(values.seconds), mounts } satisfies Job,
  })
  worker.postMessage(publicKey)
  const [{ baseUrl, accessKey }] = (await once(worker, 'message')) as [{ baseUrl: string; accessKey: string }]
  const stopped = Promise.withResolvers<void>()
  const listening = Promise.withResolvers<string>()
  const served = mounts === 1 ? ['utgl'] : prefixes(mounts).flatMap((prefix) => ['--mount', `${prefix}=utgl`])
  const exitCode = run(['proxy', ...served, '--port', '0', '--json', '--quiet'], {
    stdin: (async function* () {})(),
    stdout: {
      write(text) {
        listening.resolve(String(text))
        return true
      },
    },
    stderr: { write: (text) => process.stderr.write(text) },
    env: {
      COUNTERSIGN_UTGL_BASE_URL: baseUrl,
      COUNTERSIGN_UTGL_ACCESS_KEY: accessKey,
      COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey,
    },
    untilStopped: () => stopped.promise,
  })
  worker.postMessage(JSON.parse(await listening.promise))
  // Everything is loaded and compiled before the first figure.
  await once(worker, 'message')
  const before = heap()
  worker.postMessage('go')
  const [result] = (await once(worker, 'message')) as [Result]
  const after = heap()
  stopped.resolve()
  await worker.terminate()
  const { requests, errors, seconds, median, p99 } = result
  const lines = {
    connections,
    mounts,
    seconds: seconds.toFixed(1),
    requests,
    'requests/s': Math.round(requests / seconds),
    errors,
    'median ms': median.toFixed(1),
    'p99 ms': p99.toFixed(1),
    'heap before, MiB': before.toFixed(1),
    'heap after, MiB': after.toFixed(1),
  }
  for (const [name, value] of Object.entries(lines)) process.stdout.write(`${name.padEnd(18)} ${value}\n`)
  process.exitCode = errors > 0 ? 1 : await exitCode
}

/** What lives, after everything else was collected. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed / 1_048_576
}

async function load({ seconds, mounts }: Job): Promise<void> {
  if (parentPort === null) throw new Error('This part runs in a worker.')
  const [publicKey] = (await once(parentPort, 'message')) as [string]
  const served = await serveEmulators({ ids: ['utgl'], port: 0 })
  const [mounted] = served.mounted
  const credentials = (await mounted?.emulator.register(publicKey)) as { accessKey: string }
  parentPort.postMessage({ baseUrl: mounted?.baseUrl, ...credentials })
  const [proxy] = (await once(parentPort, 'message')) as [
    { url: string; secretHeader: string; secret: string },
  ]
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const options = { agent, headers: { [proxy.secretHeader]: proxy.secret } }
  const addresses = (mounts === 1 ? [''] : prefixes(mounts)).map(
    (prefix) => `${proxy.url}${prefix}/utgl/v1/ping`,
  )
  const body = Buffer.alloc(bodyBytes, 'x')
  const drive = async (milliseconds: number): Promise<Result> => {
    const times: number[] = []
    let errors = 0
    const start = performance.now()
    await Promise.all(
      Array.from({ length: connections }, async (_, index) => {
        for (let turn = index; performance.now() - start < milliseconds; turn++) {
          const from = performance.now()
          const status = await send(turn % 2 === 0 ? 'GET' : 'POST', index).catch(() => 0)
          // The emulator has no POST there: it says so only after the signature held.
          if (status !== 200 && status !== 404 && status !== 405) errors++
          times.push(performance.now() - from)
        }
      }),
    )
    const sorted = times.sort((one, other) => one - other)
    const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0
    const took = (performance.now() - start) / 1000
    return { requests: times.length, errors, seconds: took, median: at(0.5), p99: at(0.99) }
  }
  async function send(method: string, index: number): Promise<number> {
    const sent = request(addresses[index % addresses.length] ?? '', { ...options, method })
    sent.end(method === 'GET' ? undefined : body)
    const [answer] = await once(sent, 'response')
    answer.resume()
    await once(answer, 'end')
    return answer.statusCode
  }
  await drive(2000)
  parentPort.postMessage('warm')
  await once(parentPort, 'message')
  parentPort.postMessage(await drive(seconds * 1000))
}

function prefixes(mounts: number): string[] {
  return Array.from({ length: mounts }, (_, index) => `/mount-${index + 1}`)
}
