import type { ConfigFile } from './config-file.ts'
import { fileOf, folderDefault, type PlacedProfile, type ProfilesHere } from './profiles-here.ts'
import { changeConfigFile } from './write-config-file.ts'

/**
 * Makes a profile the default of its provider here: in the file that it stands in, or in the folder's, where
 * that one decides.
 */
export async function useProfile(
  here: ProfilesHere,
  profile: PlacedProfile,
): Promise<{ file: ConfigFile; commentsKept: boolean }> {
  const { name, provider } = profile
  const own = fileOf(here, profile)
  const file = folderDefault(here, provider) === undefined ? own : (here.folder ?? own)
  const defaults = { ...file.defaults, [provider]: name }
  const wanted = { ...file.document, defaults }
  const { commentsKept } = await changeConfigFile(file, {
    edits: [{ path: ['defaults'], members: defaults }],
    wanted,
  })
  return { file, commentsKept }
}
