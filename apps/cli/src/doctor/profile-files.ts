import type { Io } from '../io.ts'
import { readProfilesHere } from '../profiles/find-profile.ts'
import { failOf, type Judgement } from './finding.ts'

/** What mends what is said of profiles: the help shows how they are written. */
export const profilesHelp = 'countersign profiles --help'

/** What is wrong with the files of profiles, if anything: it stands in the way of every provider. */
export async function judgeProfileFiles(io: Io): Promise<Judgement | undefined> {
  try {
    await readProfilesHere(io)
    return undefined
  } catch (error) {
    return failOf({ id: 'configuration', provider: null }, error, profilesHelp)
  }
}
