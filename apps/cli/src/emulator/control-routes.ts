import type { IncomingMessage } from 'node:http'
import { checkPublic } from './check-public.ts'
import { readControlBody } from './control-body.ts'
import { ControlRefusal } from './control-refusal.ts'
import { readClockBody, readFaultBody, readKeyBody } from './control-schemas.ts'
import { fittingMounts, noSuchDoor, playFault } from './fault-settings.ts'
import type { JournalFeed } from './journal-feed.ts'
import { changeClocks, parseClockChange } from './parse-clock.ts'
import type { MountedEmulator } from './serve-emulators.ts'

/** What a route is called with. */
export interface ControlCall {
  incoming: IncomingMessage
  /** The emulators that the path names: one, or all. */
  targets: readonly MountedEmulator[]
  feed: JournalFeed
  signal: AbortSignal
}

type Route = (call: ControlCall) => Response | Promise<Response>

/** Resource by resource, what each method does; every one is for all emulators or for one. */
export const controlRoutes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  providers: {
    GET: ({ targets }) =>
      json({
        providers: targets.map(({ id, baseUrl, addresses, doors }) => ({ id, baseUrl, ...addresses, doors })),
      }),
  },
  keys: {
    async POST({ incoming, targets }) {
      const [target, ...others] = targets
      if (target === undefined || others.length > 0)
        throw new ControlRefusal(400, 'PROVIDER_MISSING', 'a key is for one provider: name it in the path.')
      const publicKey = await readControlBody(incoming, readKeyBody)
      await checkPublic(publicKey)
      return json({ provider: target.id, credentials: await target.emulator.register(publicKey) }, 201)
    },
  },
  faults: {
    async POST({ incoming, targets }) {
      const setting = await readControlBody(incoming, readFaultBody)
      const fitting = fittingMounts(setting.fault, targets)
      if (fitting.length === 0)
        throw new ControlRefusal(400, 'BODY_INVALID', `${noSuchDoor(setting.fault.on, targets)}.`)
      for (const target of fitting) playFault(setting, target)
      return json({ providers: fitting.map(({ id }) => id) }, 201)
    },
    DELETE: ({ targets }) => {
      for (const { emulator } of targets) emulator.faults.clear()
      return nothing()
    },
  },
  clock: {
    GET: ({ targets }) => clocks(targets),
    async POST({ incoming, targets }) {
      const change = parseClockChange(await readControlBody(incoming, readClockBody), 'time')
      const moved = targets.map(({ emulator }) => emulator.clock)
      changeClocks(change, moved, 'time')
      return clocks(targets)
    },
  },
  journal: {
    GET: ({ targets }) =>
      json({
        requests: targets.flatMap(({ id, emulator }) =>
          emulator.journal.map((entry) => ({ provider: id, ...entry })),
        ),
      }),
    DELETE: ({ targets }) => {
      for (const { emulator } of targets) emulator.journal.length = 0
      return nothing()
    },
  },
  'journal/events': {
    GET: ({ targets, feed, signal }) =>
      feed.follow(
        targets.map(({ id }) => id),
        signal,
      ),
  },
  tokens: {
    DELETE: ({ targets }) => {
      for (const { emulator } of targets) emulator.revokeTokens()
      return nothing()
    },
  },
}

function clocks(targets: readonly MountedEmulator[]): Response {
  const times = targets.map(({ id, emulator }) => [id, new Date(emulator.clock.now()).toISOString()])
  return json({ clocks: Object.fromEntries(times) })
}

function json(value: object, status = 200): Response {
  return Response.json(value, { status })
}

function nothing(): Response {
  return new Response(null, { status: 204 })
}
