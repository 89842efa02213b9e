import type { Provider } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import {
  createFixedClock,
  createRoutedFetch,
  describeAdapterContract,
  serveEmulator,
  startRecordingServer,
  testKeys,
  toRawHttp,
} from '@countersign/testing'

declare const provider: Provider
declare function createEmulator(options?: EmulatorOptions): Emulator<{ clientId: string }>

export function suites(): void {
  describeAdapterContract({
    provider,
    createEmulator,
    options: ({ clientId }, privateKey) => ({ clientId: clientId.toUpperCase(), privateKey }),
    proof: 'exchanged',
  })
  describeAdapterContract({
    provider,
    createEmulator,
    // @ts-expect-error: the emulator does not return this credential.
    options: ({ accountId }) => ({ accountId }),
    proof: 'exchanged',
  })
}

export async function servers(): Promise<Uint8Array> {
  await using recording = await startRecordingServer((request, count) => ({
    status: count > 1 ? 503 : 200,
    body: request.target,
  }))
  await using served = await serveEmulator(createEmulator())
  const { fetch, urls } = createRoutedFetch(recording.url)
  await fetch(served.url)
  return toRawHttp(recording.requests[0], urls[0])
}

export const now: number = createFixedClock(0).now()
export const privateKey: string = testKeys().own.privateKey
