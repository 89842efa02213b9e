import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { importSigningKey } from '@countersign/core'
import { revealSecret } from '@countersign/core/provider'
import { type Io, readStdin } from '../io.ts'
import type { OpenProvider } from '../open-provider.ts'
import type { Refusal } from './refusal.ts'
import type { Reload, Rereadable } from './reload.ts'

/** A provider whose credentials can be read again; its files include those of profiles, and calls run in turn. */
export interface Reloadable extends Rereadable {
  current(): InUse
}

interface InUse {
  open: OpenProvider
  whyNotReady(): Promise<Refusal | undefined>
}

/**
 * Opens a provider so that it can be replaced as a whole: new credentials are used once they are read and a key
 * has signed, and not at all otherwise. Requests that run go on with what they began with.
 */
export async function openReloadable(
  openWith: (io: Io) => Promise<OpenProvider>,
  toReadiness: (open: OpenProvider) => InUse['whyNotReady'],
  io: Io,
): Promise<Reloadable> {
  const input = rememberInput(io)
  const first = await openAndNote(openWith, input.first)
  let { files } = first
  let versions: string | undefined = first.versions
  let inUse: InUse = { open: first.open, whyNotReady: toReadiness(first.open) }
  let used = fingerprint(first.open)
  let running: Promise<unknown> = Promise.resolve()

  async function reload({ onlyChanged }: { onlyChanged: boolean }): Promise<Reload> {
    // An emulator in this process has credentials of its own.
    if (inUse.open.emulated) return { outcome: 'unchanged' }
    if (onlyChanged && (await versionsOf(files)) === versions) return { outcome: 'unchanged' }
    // Until a reload succeeds, every check tries again: a file may be half written, or not readable for a moment.
    versions = undefined
    try {
      const next = await openAndNote(openWith, input.again)
      try {
        await signOnce(next.open)
      } catch (error) {
        await next.open.signer?.release()
        throw error
      }
      files = next.files
      versions = next.versions
      const found = fingerprint(next.open)
      if (found === used) {
        await next.open.signer?.release()
        return { outcome: 'unchanged' }
      }
      used = found
      await inUse.open.signer?.release()
      inUse = { open: next.open, whyNotReady: toReadiness(next.open) }
      return { outcome: 'replaced' }
    } catch (error) {
      return { outcome: 'kept', error }
    }
  }

  return {
    current: () => inUse,
    files: () => files,
    reload(options) {
      const next = running.then(() => reload(options))
      running = next
      return next
    },
  }
}

async function openAndNote(
  openWith: (io: Io) => Promise<OpenProvider>,
  io: Io,
): Promise<{ open: OpenProvider; files: readonly string[]; versions: string }> {
  const seen = new Map<string, string>()
  // The version from before the file is read: what is written meanwhile counts as a change.
  const noteFile = async (path: string) => {
    if (!seen.has(path)) seen.set(path, await versionOf(path))
  }
  const open = await openWith({ ...io, noteFile })
  const files = [...seen.keys()]
  return { open, files, versions: joined(files.map((path) => seen.get(path) ?? '')) }
}

const joined = (versions: readonly string[]) => versions.join('\n')

async function versionsOf(files: readonly string[]): Promise<string> {
  return joined(await Promise.all(files.map(versionOf)))
}

/** Changes with every write, rename, swapped link and change of permissions. */
async function versionOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path)
    return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

/** A key that does not sign must not replace one that does. */
async function signOnce({ provider, options, signer }: OpenProvider): Promise<void> {
  const probe = new TextEncoder().encode('countersign')
  if (signer !== undefined) await signer.key.sign(probe)
  for (const [name, { kind }] of Object.entries(provider.fields)) {
    if (kind !== 'private-key' || options[name] === undefined || signer !== undefined) continue
    const key = await importSigningKey(options[name] as Parameters<typeof importSigningKey>[0], {
      algorithm: provider.algorithm ?? 'RS256',
    })
    await key.sign(probe)
  }
}

/** A hash of the options that people set; what was put in by the command is the same every time. */
function fingerprint({ provider, options, signer }: OpenProvider): string {
  const hash = createHash('sha256').update(JSON.stringify([signer?.command, signer?.thumbprint]))
  for (const [name, { kind }] of Object.entries(provider.fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (kind === 'code' || options[name] === undefined || options[name] === signer?.key) continue
    hash.update(JSON.stringify([name, toPlain(options[name])]))
  }
  return hash.digest('hex')
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'number' || Array.isArray(value)) return value
  const content = value instanceof Uint8Array ? value : revealSecret(value as string)
  return typeof content === 'string' ? content : Buffer.from(content as Uint8Array).toString('base64')
}

/** What stdin held and people answered is given again: neither can be asked for twice. */
function rememberInput(io: Io): { first: Io; again: Io } {
  let stdin: Uint8Array | undefined
  const answers = new Map<string, string>()
  const { askSecret } = io
  return {
    first: {
      ...io,
      stdin: {
        async *[Symbol.asyncIterator]() {
          stdin = await readStdin(io)
          yield stdin
        },
      },
      askSecret:
        askSecret &&
        (async (prompt) => {
          const answer = await askSecret(prompt)
          answers.set(prompt, answer)
          return answer
        }),
    },
    again: {
      ...io,
      stdin: {
        async *[Symbol.asyncIterator]() {
          if (stdin !== undefined) yield stdin
        },
      },
      askSecret: askSecret && (async (prompt) => answers.get(prompt) ?? ''),
    },
  }
}
