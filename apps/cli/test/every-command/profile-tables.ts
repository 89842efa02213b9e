import { fails, type MakeTables, type Row } from './row.ts'

const file = `[profiles.mine]
provider = "cdata"
accountId = "account-1"
privateKey = "key.pem"
`

/** Commands that keep the file of profiles. */
export const profileTables: MakeTables = async (scenario) => {
  const sendsNothing = {
    refusal: { never: 'It sends nothing: no provider can refuse.' },
    'network failure': { never: 'It sends nothing.' },
  }
  // A row that changes the file has one of its own.
  const profile = (row: Omit<Row, 'given'>): Row => ({
    ...row,
    given: async () => ({ env: await scenario.profiles(file) }),
  })
  const noProfiles = { words: ['mine'], ...fails(2, 'CONFIG_INVALID', 'There are no profiles') }
  const unknown = profile({
    words: ['other'],
    ...fails(2, 'CONFIG_INVALID', 'Profiles: mine.'),
  })
  const broken = {
    words: ['mine'],
    given: {
      env: await scenario.profiles('[profiles.mine]\nprovider = "cdata"\nclientSecret = "hunter2hunter2"\n'),
    },
    ...fails(2, 'CONFIG_INVALID', 'profiles.mine.clientSecret'),
  }
  const noName = { words: [], ...fails(2, 'CONFIG_INVALID', 'Missing required argument `profile`') }
  const noKeyOfProfiles = { never: 'It names files of keys and opens none.' }
  return {
    'profiles list': {
      success: [
        profile({
          words: [],
          stdout: /^mine {2}cdata \(default\) {2}\/\S+\/countersign\.toml\n$/,
          stderr: '',
          exitCode: 0,
        }),
        {
          words: [],
          stdout: '',
          stderr: /^There are no profiles in .*countersign .*\n$/,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['mine'], ...fails(2, 'CONFIG_INVALID', 'Too many arguments') },
        { ...broken, words: [] },
      ],
      'bad key': noKeyOfProfiles,
      ...sendsNothing,
    },
    'profiles show': {
      success: [
        profile({ words: ['mine'], stdout: /^profile +mine\nprovider +cdata\n/, stderr: '', exitCode: 0 }),
      ],
      'bad usage': [noName, noProfiles, unknown, broken],
      'bad key': noKeyOfProfiles,
      ...sendsNothing,
    },
    'profiles use': {
      success: [
        profile({ words: ['mine'], stdout: 'mine is the default of cdata.\n', stderr: '', exitCode: 0 }),
      ],
      'bad usage': [noName, noProfiles, unknown, broken],
      'bad key': noKeyOfProfiles,
      ...sendsNothing,
    },
    'profiles trust': {
      success: [
        {
          words: [],
          given: () => scenario.projectFolder('[profiles.mine]\nprovider = "cdata"\nbackdateSeconds = 1\n'),
          stdout: /countersign\.toml is trusted, until it changes\.\n$/,
          stderr: 'This counts now: profiles.mine.backdateSeconds.\n',
          exitCode: 0,
        },
      ],
      'bad usage': [{ words: [], ...fails(2, 'CONFIG_INVALID', 'There is no countersign.toml') }],
      'bad key': noKeyOfProfiles,
      ...sendsNothing,
    },
    'profiles untrust': {
      success: [
        {
          words: [],
          given: () => scenario.projectFolder(file),
          stdout: /countersign\.toml was not trusted\.\n$/,
          stderr: '',
          exitCode: 0,
        },
      ],
      'bad usage': [{ words: [], ...fails(2, 'CONFIG_INVALID', 'There is no countersign.toml') }],
      'bad key': noKeyOfProfiles,
      ...sendsNothing,
    },
    'profiles remove': {
      success: [
        profile({
          words: ['mine'],
          stdout: /^mine is removed from .*countersign\.toml\.\n$/,
          stderr: '',
          exitCode: 0,
        }),
      ],
      'bad usage': [noName, noProfiles, unknown, broken],
      'bad key': noKeyOfProfiles,
      ...sendsNothing,
    },
  }
}
