import { createEmulatorClock, type Emulator } from '@countersign/core/emulator'
import { useEffect, useRef, useState } from 'react'
import { type Desk, emptyDesk, makeAndRegister, register } from '../model/desk.ts'
import type { PageKey } from '../model/page-key.ts'
import { fromFragment } from '../model/share.ts'
import type { Entries, Entry } from '../providers.ts'
import { useEntries } from './entries.ts'

/** The desks of all providers, the emulators behind them, and the page's time. */
export interface Desks {
  entry: Entry
  desk: Desk
  emulator: Emulator<object>
  choose(id: string): void
  change(part: Partial<Desk>): void
  /** Makes a key and registers it with the emulator. */
  makeKey(bits: number): Promise<void>
  /** Registers a key that someone brought. */
  bringKey(key: PageKey): Promise<void>
  /** The page's time, epoch milliseconds. */
  now(): number
  /** Moves the page's time; 0 sets it back. */
  moveClock(milliseconds: number): void
  /** How far the page's time is ahead of the computer's. */
  shift: number
}

/** Holds everything that someone has filled in, for as long as the page is open. */
export function useDesks(): Desks {
  const entries = useEntries()
  const [id, setId] = useState(() => sharedNow(entries)?.provider ?? entries[0].provider.id)
  const entry = entries.find(({ provider }) => provider.id === id) ?? entries[0]
  const [desks, setDesks] = useState<Readonly<Record<string, Desk>>>(() => firstDesks(entries))
  const [shift, setShift] = useState(0)
  const [clock] = useState(() => createEmulatorClock())
  const emulators = useRef(new Map<string, Emulator<object>>())

  // A link that is followed in an open page loads nothing anew.
  useEffect(() => {
    const follow = () => {
      const shared = sharedNow(entries)?.provider
      if (shared === undefined) return
      setId(shared)
      setDesks((all) => ({ ...all, [shared]: firstDesks(entries)[shared] as Desk }))
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [entries])

  const emulator = emulators.current.get(id) ?? entry.createEmulator({ clock })
  emulators.current.set(id, emulator)
  const desk = desks[id] ?? emptyDesk(entry)

  const put = (of: string, next: (desk: Desk) => Desk) =>
    setDesks((all) => ({ ...all, [of]: next(all[of] ?? emptyDesk(entry)) }))

  return {
    entry,
    desk,
    emulator,
    now: clock.now,
    shift,
    choose: setId,
    change: (part) => put(id, (old) => ({ ...old, ...part })),
    async makeKey(bits) {
      const made = await makeAndRegister(desk, entry, emulator, bits)
      put(id, (old) => registered(old, made))
    },
    async bringKey(key) {
      const brought = await register(desk, key, emulator)
      put(id, (old) => registered(old, brought))
    },
    moveClock(milliseconds) {
      const moved = milliseconds === 0 ? -shift : milliseconds
      clock.advance(moved)
      setShift(shift + moved)
    },
  }
}

/** A desk after its key was registered; what was typed meanwhile stays. */
function registered(old: Desk, { key, issued, texts }: Desk): Desk {
  const changed = Object.keys(issued).filter((name) => texts[name] === issued[name])
  const ids = Object.fromEntries(changed.map((name) => [name, issued[name] ?? '']))
  return { ...old, key, issued, texts: { ...old.texts, ...ids } }
}

function sharedNow(entries: Entries) {
  return fromFragment(
    location.hash,
    entries.map(({ provider }) => provider),
  )
}

function firstDesks(entries: Entries): Readonly<Record<string, Desk>> {
  const shared = sharedNow(entries)
  return Object.fromEntries(
    entries.map((entry) => {
      const desk = emptyDesk(entry)
      if (shared?.provider !== entry.provider.id) return [entry.provider.id, desk]
      const { values, set = 0, method, path, body } = shared
      return [
        entry.provider.id,
        { ...desk, set, texts: { ...desk.texts, ...values }, request: { method, path, body } },
      ]
    }),
  )
}
