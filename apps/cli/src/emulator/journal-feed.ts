import type { JournalEntry } from '@countersign/core/emulator'
import type { ProviderId } from '../providers.ts'

/** A request that an emulator answered, and which one. */
export type FeedEntry = { provider: ProviderId } & JournalEntry

/** Hands on what is answered to those that follow. */
export interface JournalFeed {
  tell(entry: FeedEntry): void
  /** Server-sent events of these providers until the signal says that the reader left. */
  follow(ids: readonly ProviderId[], signal: AbortSignal): Response
}

/** Who reads this many entries too late is cut off, so that nothing piles up. */
const maxBehind = 1000

export function createJournalFeed(): JournalFeed {
  const readers = new Set<(entry: FeedEntry) => void>()
  return {
    tell(entry) {
      for (const reader of readers) reader(entry)
    },
    follow(ids, signal) {
      const encoder = new TextEncoder()
      let reader: (entry: FeedEntry) => void = () => undefined
      const leave = () => void readers.delete(reader)
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          reader = (entry) => {
            if (!ids.includes(entry.provider)) return
            controller.enqueue(encoder.encode(`event: request\ndata: ${JSON.stringify(entry)}\n\n`))
            if ((controller.desiredSize ?? 0) >= -maxBehind) return
            leave()
            controller.close()
          }
          readers.add(reader)
          // So that the head goes out now, and the reader knows that nothing is missed from here on.
          controller.enqueue(encoder.encode(': following\n\n'))
        },
        cancel: leave,
      })
      signal.addEventListener('abort', leave, { once: true })
      return new Response(body, {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
      })
    },
  }
}
