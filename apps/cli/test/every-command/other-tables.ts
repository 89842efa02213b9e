import { runCommand } from '../run-command.ts'
import { fails, type MakeTables, type Row } from './row.ts'
import type { World } from './world.ts'

const stopped = { untilStopped: async () => undefined }
const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.AAAA'
const file = `[profiles.mine]
provider = "cdata"
accountId = "account-1"
privateKey = "key.pem"
`

/** Commands that serve, and those that are about the command itself. */
export const otherTables: MakeTables = async (world) => {
  const env = world.variables
  const noKeyRead = { never: 'It reads no key.' }
  const sendsNothing = {
    refusal: { never: 'It sends nothing: no provider can refuse.' },
    'network failure': { never: 'It sends nothing.' },
  }
  // A row that changes the file has one of its own.
  const profile = (row: Omit<Row, 'given'>): Row => ({
    ...row,
    given: async () => ({ env: await world.profiles(file) }),
  })
  const noProfiles = { words: ['mine'], ...fails(2, 'CONFIG_INVALID', 'there are no profiles') }
  const unknown = profile({
    words: ['other'],
    ...fails(2, 'CONFIG_INVALID', 'Profiles: mine.'),
  })
  const broken = {
    words: ['mine'],
    given: {
      env: await world.profiles('[profiles.mine]\nprovider = "cdata"\nclientSecret = "hunter2hunter2"\n'),
    },
    ...fails(2, 'CONFIG_INVALID', 'profiles.mine.clientSecret'),
  }
  const noName = { words: [], ...fails(2, 'CONFIG_INVALID', "missing required argument 'profile'") }
  const noKeyOfProfiles = { never: 'It names files of keys and opens none.' }
  return {
    demo: {
      success: [{ words: [], stdout: /Speeda.*UTGL/s, stderr: /All flows were answered 200/, exitCode: 0 }],
      'bad usage': [{ words: ['speeda'], ...fails(2, 'CONFIG_INVALID', 'too many arguments') }],
      'bad key': { never: 'Its keys are made for the run.' },
      refusal: { never: 'Its emulators know the keys it made; an answer that should not be exits 1.' },
      'network failure': [
        {
          words: [],
          given: { fetch: async () => Promise.reject(new TypeError('fetch failed')) },
          stdout: '',
          stderr: /^Five emulators listen at .*\nNETWORK: [a-z]+: \w+ http:.* got no answer\..*\n$/,
          exitCode: 5,
        },
      ],
    },
    emulator: {
      success: [
        {
          words: ['speeda', '--port', '0'],
          given: stopped,
          stdout: /^speeda {2}http:\/\/127\.0\.0\.1:\d+\/speeda\n( {2}\w+: .*\n)+control {2}http:\S+\n$/,
          stderr: 'Serving on this computer only; Ctrl-C ends it.\n',
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'there is no provider of that name') },
        { words: ['--port', 'many'], ...fails(2, 'CONFIG_INVALID', '--port must be a number') },
        { words: ['--fault', 'nonsense'], ...fails(2, 'CONFIG_INVALID', '--fault takes <provider>=<fault>') },
        { words: ['utgl', '--fault', 'speeda=hang'], ...fails(2, 'CONFIG_INVALID', 'is not started') },
        { words: ['--clock', 'nonsense'], ...fails(2, 'CONFIG_INVALID', '--clock takes +10m') },
        { words: ['--port', world.takenPort], ...fails(2, 'CONFIG_INVALID', 'is taken by another program') },
        { words: ['--register', 'speeda=/nowhere/key.pem'], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
      ],
      'bad key': [
        {
          words: ['speeda', '--port', '0', '--register', `speeda=${world.files.noKey}`],
          ...fails(3, 'KEY_MALFORMED', ''),
        },
      ],
      refusal: { never: 'It is the provider: what it refuses goes to the caller, and into the log.' },
      'network failure': { never: 'It listens and calls nobody.' },
    },
    proxy: {
      success: [
        {
          words: ['utgl', '--port', '0'],
          given: { ...stopped, env: env('utgl', 'known') },
          stdout: /^http:\/\/127\.0\.0\.1:\d+\n$/,
          stderr: /^X-Countersign-Secret: [\w-]{43}\n$/,
          exitCode: 0,
          notQuiet: 'without the secret that was made nobody could use it',
        },
        {
          words: ['speeda', 'utgl', '--port', '0', '--environment', 'emulator'],
          given: { ...stopped, env: { COUNTERSIGN_PROXY_SECRET: 'sixteen-or-more-letters' } },
          stdout: /^speeda {2}http:\S+\/speeda\nutgl {2}http:\S+\/utgl\n$/,
          stderr: '',
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: [], ...fails(2, 'CONFIG_INVALID', 'name a provider, or several. Providers: speeda') },
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'there is no provider of that name') },
        { words: ['utgl'], ...fails(2, 'CONFIG_INVALID', '--access-key (COUNTERSIGN_UTGL_ACCESS_KEY)') },
        {
          words: ['utgl', '--environment', 'emulator', '--port', world.takenPort],
          ...fails(2, 'CONFIG_INVALID', 'is taken by another program'),
        },
      ],
      'bad key': [
        {
          words: ['speeda', 'utgl', '--port', '0'],
          given: { env: { ...env('speeda', 'known'), ...env('utgl', 'bad key') } },
          ...fails(3, 'KEY_MALFORMED', 'utgl: '),
        },
      ],
      refusal: { never: 'It starts without a call; a refusal goes to the caller, and into the log.' },
      'network failure': { never: 'It starts without a call; callers are answered 502 or 504.' },
    },
    completion: {
      success: ['bash', 'zsh', 'fish', 'powershell'].map((shell) => ({
        words: [shell],
        stdout: /countersign/,
        stderr: '',
        exitCode: 0,
      })),
      'bad usage': [
        { words: [], ...fails(2, 'CONFIG_INVALID', "missing required argument 'shell'") },
        { words: ['tcsh'], ...fails(2, 'CONFIG_INVALID', 'Allowed choices are bash, zsh, fish, powershell') },
      ],
      'bad key': noKeyRead,
      ...sendsNothing,
    },
    'profiles list': {
      success: [
        profile({ words: [], stdout: 'mine  cdata (default)\n', stderr: '', exitCode: 0 }),
        {
          words: [],
          stdout: '',
          stderr: /^There are no profiles in .*countersign profiles --help/,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['mine'], ...fails(2, 'CONFIG_INVALID', 'too many arguments') },
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
    explain: {
      success: [
        { words: ['utgl'], stdout: /^UTGL.*utgl\.exp\n/s, stderr: '', exitCode: 0 },
        {
          words: ['-'],
          given: { stdin: await utglRequest(world) },
          stdout: /✓ .*utgl\.signature/s,
          stderr: /^UTGL Issuing \(utgl\), by .*\nGET request with a body of 0 bytes\.\nalg "RS256"/,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: [], ...fails(2, 'CONFIG_INVALID', 'name a provider, or pass what is to be explained') },
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'there is no provider of that name') },
        { words: ['utgl', '@/nowhere/token'], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
        { words: [token], ...fails(2, 'CONFIG_INVALID', 'this could be of cdata or paymentsgate') },
        {
          words: ['victor', token, '--environment', 'moon'],
          ...fails(2, 'CONFIG_INVALID', '--environment must be production or staging'),
        },
        { words: ['utgl', token, '--key', world.files.missing], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
        { words: ['utgl', 'no-token'], ...fails(6, 'TOKEN_MALFORMED', '') },
        {
          words: ['utgl', token],
          stdout: /✗ typ is JWT\. utgl\.typ/,
          stderr: /^alg "RS256"\nRULE_VIOLATED: utgl: the token breaks utgl\.typ, .*\n$/,
          exitCode: 6,
        },
      ],
      'bad key': [
        { words: ['utgl', token, '--key', world.files.noKey], ...fails(3, 'KEY_MALFORMED', 'utgl: ') },
      ],
      ...sendsNothing,
    },
  }
}

/** A request as it goes over the wire, signed by this command. */
async function utglRequest({ variables }: World): Promise<string> {
  const words = ['token', 'utgl', '--header', '--method', 'GET', '--uri', '/v1/ping']
  const env = { ...variables('utgl', 'known'), COUNTERSIGN_UTGL_BASE_URL: '' }
  const { stdout } = await runCommand(words, { env })
  return `GET /v1/ping HTTP/1.1\r\nHost: access.utgl.io\r\n${stdout.trim()}\r\n\r\n`
}
