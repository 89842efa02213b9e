import { shownPath } from '../doctor/shown-path.ts'
import type { Io } from '../io.ts'
import type { Output } from '../output.ts'
import { configDirectory } from './config-file.ts'
import { defaultHere, type ProfilesHere } from './profiles-here.ts'

/** Prints the profiles that hold here, where each stands, and which ones are defaults. */
export function listProfiles(here: ProfilesHere, output: Output, { env }: Io): void {
  const { folder, own, profiles, hidden } = here
  const files = [folder, own].flatMap((file) => (file === undefined ? [] : [file.path]))
  const rows = profiles.map((profile) => ({
    name: profile.name,
    provider: profile.provider,
    default: defaultHere(here, profile.provider) === profile,
    file: profile.file,
  }))
  if (output.json) {
    output.value({ file: files[0] ?? null, files, profiles: rows })
    return
  }
  const shown = (path: string) => shownPath(path, env)
  if (rows.length === 0) {
    const where = files.map(shown).join(' or ') || `the current folder or in ${configDirectory(env)}`
    output.talk(`There are no profiles in ${where}. countersign init makes one.`)
  }
  const words = rows.map((row) => `${row.provider}${row.default ? ' (default)' : ''}`)
  const [nameWidth, wordsWidth] = [rows.map(({ name }) => name), words].map(
    (column) => Math.max(...column.map((word) => word.length)) + 2,
  )
  for (const [index, { name, file }] of rows.entries())
    output.result(`${name.padEnd(nameWidth ?? 0)}${words[index]?.padEnd(wordsWidth ?? 0)}${shown(file)}`)
  for (const { name, file } of hidden)
    output.talk(`${name} of ${shown(file)} is hidden: the folder's file has a profile of that name.`)
}
