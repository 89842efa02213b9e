import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Io } from '../io.ts'
import { type Judgement, ok, warn } from './finding.ts'
import { shownPath } from './shown-path.ts'

/** Whether others can read a file that holds a credential, or put another in its place. */
export async function judgeKeyFile(provider: string, path: string, { env }: Io): Promise<Judgement[]> {
  if (process.platform === 'win32') return []
  const about = { id: 'key-file', provider }
  const file = await stat(path).catch(() => undefined)
  // A pipe or a device is nothing that lies about; a file that is not there is told elsewhere.
  if (file?.isFile() !== true) return []
  const octal = (file.mode & 0o777).toString(8).padStart(4, '0')
  const isOpen = (file.mode & 0o077) !== 0
  const judged = isOpen
    ? warn(
        about,
        `Others can get at the key file: its mode is ${octal}.`,
        `chmod 600 ${shownPath(path, env)}`,
      )
    : ok(about, `The key file is yours alone: its mode is ${octal}.`)
  return [judged, await judgeFolder(provider, dirname(resolve(path)), env)]
}

async function judgeFolder(provider: string, folder: string, env: Io['env']): Promise<Judgement> {
  const about = { id: 'key-folder', provider }
  const { mode } = await stat(folder)
  // In a sticky folder, such as /tmp, nobody moves what is another's.
  const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
  if (!isOpen) return ok(about, 'Nobody else can put another file in the place of the key.')
  return warn(
    about,
    'Others can write to the folder of the key, and put another in its place.',
    `chmod go-w ${shownPath(folder, env)}`,
  )
}
