import type { ConfigFile } from './config-file.ts'
import { fileOf, type PlacedProfile, type ProfilesHere } from './profiles-here.ts'
import { changeConfigFile } from './write-config-file.ts'

/** Takes a profile out of its file, and out of the defaults of the files that name it. */
export async function removeProfile(
  here: ProfilesHere,
  profile: PlacedProfile,
): Promise<{ file: ConfigFile; commentsKept: boolean }> {
  const { name, provider } = profile
  const file = fileOf(here, profile)
  const { folder } = here
  let commentsKept = true
  // The folder's first: a default that names nothing is worse than a profile that is no default.
  if (folder !== undefined && folder !== file && folder.defaults[provider] === name)
    commentsKept = (await changeConfigFile(folder, withoutDefault(folder, name))).commentsKept
  const { edits, wanted } = withoutDefault(file, name)
  const { [name]: _removed, ...profiles } = file.document['profiles'] as Readonly<Record<string, unknown>>
  const changed = await changeConfigFile(file, {
    edits: [{ path: ['profiles', name], members: undefined }, ...edits],
    wanted: { ...wanted, profiles },
  })
  return { file, commentsKept: commentsKept && changed.commentsKept }
}

function withoutDefault({ document, defaults }: ConfigFile, name: string) {
  const others = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== name))
  const none = Object.keys(others).length === 0
  const { defaults: _before, ...rest } = document
  return {
    edits: [{ path: ['defaults'], members: none ? undefined : others }],
    wanted: none ? rest : { ...document, defaults: others },
  }
}
