import { createEmulatorClock, type Emulator } from '@countersign/core/emulator'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PageKey } from '../model/page-key.ts'
import { emptyForm, generateAndRegister, type ProviderForm, register } from '../model/provider-form.ts'
import { fromFragment, type Shared } from '../model/share.ts'
import { type Entries, type Entry, useEntries } from '../providers.ts'

/** The forms and emulators of all providers, and the page's clock. */
export interface ProviderForms {
  /** What the link contained from which the form was filled in; a new object each time a link is followed. */
  shared: Shared | undefined
  entry: Entry
  form: ProviderForm
  emulator: Emulator<object>
  choose(id: string): void
  change(part: Partial<ProviderForm>): void
  /** Generates a key and registers it with the emulator. */
  generateKey(bits: number): Promise<void>
  /** Registers an imported key with the emulator. */
  importKey(key: PageKey): Promise<void>
  /** The page's time, epoch milliseconds. */
  now(): number
  /** Moves the page's clock; 0 resets it. */
  moveClock(milliseconds: number): void
  /** How far the page's clock is ahead of the computer's. */
  shift: number
}

/** Keeps everything that was filled in, while the page is open. */
export function useProviderForms(): ProviderForms {
  const entries = useEntries()
  const [shared, setShared] = useState(() => sharedForm(entries))
  const [id, setId] = useState(() => shared?.provider ?? entries[0].provider.id)
  const entry = entries.find(({ provider }) => provider.id === id) ?? entries[0]
  const [forms, setForms] = useState<Readonly<Record<string, ProviderForm>>>(() => firstForms(entries))
  const [shift, setShift] = useState(0)
  const [clock] = useState(() => createEmulatorClock())
  const emulators = useRef(new Map<string, Emulator<object>>())

  // Following a link in an open page does not reload it.
  useEffect(() => {
    const follow = () => {
      const link = sharedForm(entries)
      if (link === undefined) return
      const { provider } = link
      setId(provider)
      setForms((all) => ({ ...all, [provider]: firstForms(entries)[provider] as ProviderForm }))
      setShared(link)
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [entries])

  const emulator = emulators.current.get(id) ?? entry.createEmulator({ clock })
  emulators.current.set(id, emulator)
  const form = forms[id] ?? emptyForm(entry)

  const put = (of: string, next: (form: ProviderForm) => ProviderForm) =>
    setForms((all) => ({ ...all, [of]: next(all[of] ?? emptyForm(entry)) }))

  return {
    shared,
    entry,
    form,
    emulator,
    now: clock.now,
    shift,
    choose: setId,
    change: (part) => put(id, (old) => ({ ...old, ...part })),
    async generateKey(bits) {
      const next = await generateAndRegister(form, entry, emulator, bits)
      put(id, (old) => withRegistered(old, next))
    },
    async importKey(key) {
      const next = await register(form, key, emulator)
      put(id, (old) => withRegistered(old, next))
    },
    moveClock(milliseconds) {
      const moved = milliseconds === 0 ? -shift : milliseconds
      clock.advance(moved)
      setShift(shift + moved)
    },
  }
}

/** A form with the key that was registered. What was typed in the meantime stays. */
function withRegistered(old: ProviderForm, { key, issued, texts }: ProviderForm): ProviderForm {
  const changed = Object.keys(issued).filter((name) => texts[name] === issued[name])
  const ids = Object.fromEntries(changed.map((name) => [name, issued[name] ?? '']))
  return { ...old, key, issued, texts: { ...old.texts, ...ids } }
}

function sharedForm(entries: Entries) {
  return fromFragment(
    location.hash,
    entries.map(({ provider }) => provider),
  )
}

function firstForms(entries: Entries): Readonly<Record<string, ProviderForm>> {
  const shared = sharedForm(entries)
  return Object.fromEntries(
    entries.map((entry) => {
      const form = emptyForm(entry)
      if (shared?.provider !== entry.provider.id) return [entry.provider.id, form]
      const { values, set = 0, method, path, body } = shared
      const request = { method, path, body }
      return [entry.provider.id, { ...form, set, texts: { ...form.texts, ...values }, request }]
    }),
  )
}
