import { inspect } from 'node:util'

const windowLength = 16

/** Something that was seen, in every form in which a program may print it. */
interface Sighting {
  label: string
  text: string
}

/** Remembers secrets, looks at everything that a program can print, and reports the ones that show. */
export interface Canary {
  /** Makes a secret known; any 16 characters of it, in any usual encoding, count as a leak. */
  plant(name: string, secret: string): void
  /** Another canary that knows the same secrets and has seen nothing. */
  hatch(): Canary
  /** Looks at a value as a logger would, and deeper. */
  see(label: string, value: unknown): void
  /** How often something was masked. */
  masks(): number
  /** What showed, as "label: name". Empty when nothing did. */
  leaks(): string[]
}

export function createCanary(known: readonly Map<string, string>[] = []): Canary {
  const windows = new Map<string, string>()
  const sightings: Sighting[] = []
  const all = [...known, windows]
  return {
    plant(name, secret) {
      for (const encoded of encodings(secret)) for (const part of windowsOf(encoded)) windows.set(part, name)
    },
    hatch: () => createCanary(all),
    see(label, value) {
      for (const text of printed(value)) sightings.push({ label, text })
    },
    masks: () => sightings.reduce((sum, { text }) => sum + text.split('[secret]').length - 1, 0),
    leaks() {
      const found = new Set<string>()
      for (const { label, text } of sightings) {
        for (let at = 0; at + windowLength <= text.length; at++) {
          const part = text.slice(at, at + windowLength)
          for (const map of all) if (map.has(part)) found.add(`${label}: ${map.get(part)}`)
        }
      }
      return [...found]
    },
  }
}

function* windowsOf(text: string): Generator<string> {
  for (let at = 0; at + windowLength <= text.length; at++) yield text.slice(at, at + windowLength)
}

/** As it is, escaped for JSON, encoded for a URL or a form, and Base64 wherever it begins in what is encoded. */
export function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]).toString('base64')
    return whole.slice(shift === 0 ? 0 : shift + 1, shift + Math.floor((bytes.length * 4) / 3) - 1)
  })
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...base64.map(encodeURIComponent),
  ]
}

const everything = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  getters: true,
  maxArrayLength: null,
  maxStringLength: null,
  breakLength: Number.POSITIVE_INFINITY,
} as const

function* printed(value: unknown): Generator<string> {
  yield inspect(value)
  yield inspect(value, everything)
  yield safely(() => JSON.stringify(value) ?? '')
  yield safely(() => `${value as string}`)
  for (let at = value; at instanceof Error; at = at.cause) {
    yield `${at.name} ${at.message} ${at.stack}`
    for (const name of Reflect.ownKeys(at)) {
      yield inspect((at as unknown as Record<PropertyKey, unknown>)[name], everything)
    }
  }
}

function safely(print: () => string): string {
  try {
    return print()
  } catch {
    return ''
  }
}
