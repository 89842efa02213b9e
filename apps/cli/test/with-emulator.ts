import type { Io } from '../src/io.ts'
import { type Outcome, runCommand } from './run-command.ts'

/** What `emulator --json` prints when it listens. */
export interface ServedProviders {
  providers: Record<string, { baseUrl: string; mcpUrl?: string; credentials: Record<string, string> }>
  controlUrl: string
}

/** Runs `emulator` until `use` is done with it; what it prints without `--json` comes as text alone. */
export async function withEmulator(
  argv: readonly string[],
  use: (served: ServedProviders, text: string) => Promise<void>,
  given: Pick<Io, 'clock'> = {},
): Promise<Outcome> {
  const stopped = Promise.withResolvers<void>()
  let using: Promise<void> | undefined
  const ended = await runCommand(['emulator', '--port', '0', ...argv], {
    ...given,
    untilStopped: () => stopped.promise,
    onStdout: (text) => {
      const none: ServedProviders = { providers: {}, controlUrl: '' }
      const served = text.startsWith('{') ? (JSON.parse(text) as ServedProviders) : none
      using ??= use(served, text).finally(stopped.resolve)
      using.catch(() => undefined)
    },
  })
  if (using === undefined) throw new Error(`The emulators were not served: ${ended.stderr}`)
  await using
  return ended
}

/** Where a provider is, and the credentials that it knows. */
export function servedAt(
  { providers }: ServedProviders,
  id: string,
): {
  baseUrl: string
  credentials: Record<string, string>
} {
  const { baseUrl = '', credentials = {} } = providers[id] ?? {}
  return { baseUrl, credentials }
}
