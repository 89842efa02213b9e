import { fails, type MakeTables } from './row.ts'

const stopped = { untilStopped: async () => undefined }
/** Commands that serve, and those that are about the command itself. */
export const otherTables: MakeTables = (scenario) => {
  const env = scenario.variables
  const noKeyRead = { never: 'It reads no key.' }
  const sendsNothing = {
    refusal: { never: 'It sends nothing: no provider can refuse.' },
    'network failure': { never: 'It sends nothing.' },
  }
  return {
    demo: {
      success: [{ words: [], stdout: /Speeda.*UTGL/s, stderr: /All flows were answered 200/, exitCode: 0 }],
      'bad usage': [{ words: ['speeda'], ...fails(2, 'CONFIG_INVALID', 'Too many arguments') }],
      'bad key': { never: 'Its keys are made for the run.' },
      refusal: { never: 'Its emulators know the keys it made; an answer that should not be exits 1.' },
      'network failure': [
        {
          words: [],
          given: { fetch: async () => Promise.reject(new TypeError('fetch failed')) },
          stdout: '',
          stderr: /^\d+ emulators listen at .*\nNETWORK: [a-z]+: \w+ http:.* got no response\..*\n$/,
          exitCode: 5,
        },
      ],
    },
    emulator: {
      success: [
        {
          words: ['speeda', '--port', '0'],
          given: stopped,
          stdout:
            /^# control {2}http:\S+\n\n# speeda {2}http:\/\/127\.0\.0\.1:\d+\/speeda\n(export COUNTERSIGN_SPEEDA_\w+='.*'\n)+# COUNTERSIGN_SPEEDA_PRIVATE_KEY_FILE: .*\n$/,
          stderr:
            /^To save them as profiles:\n {2}countersign init speeda \S.*\nKeys generated .*\nServing on this computer only\. Press Ctrl-C to stop\.\n$/,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        { words: ['--port', 'many'], ...fails(2, 'CONFIG_INVALID', '--port must be a number') },
        {
          words: ['--fault', 'nonsense'],
          ...fails(2, 'CONFIG_INVALID', '--fault must be <provider>=<fault>'),
        },
        { words: ['utgl', '--fault', 'speeda=hang'], ...fails(2, 'CONFIG_INVALID', 'is not started') },
        { words: ['--clock', 'nonsense'], ...fails(2, 'CONFIG_INVALID', '--clock must be +10m') },
        {
          words: ['--port', scenario.takenPort],
          ...fails(2, 'CONFIG_INVALID', 'is taken by another program'),
        },
        { words: ['--register', 'speeda=/nowhere/key.pem'], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
      ],
      'bad key': [
        {
          words: ['speeda', '--port', '0', '--register', `speeda=${scenario.files.noKey}`],
          ...fails(3, 'KEY_MALFORMED', ''),
        },
      ],
      refusal: { never: 'It is the provider: what it refuses goes to the caller, and into the log.' },
      'network failure': { never: 'It listens and calls nobody.' },
    },
    playground: {
      success: [
        {
          words: ['--port', '0'],
          given: { ...stopped, pageFiles: async () => new Map() },
          stdout: /^http:\/\/127\.0\.0\.1:\d+\/\n$/,
          stderr: /^Open this address in a browser\./,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['speeda'], ...fails(2, 'CONFIG_INVALID', 'Too many arguments') },
        { words: ['--port', 'many'], ...fails(2, 'CONFIG_INVALID', '--port must be a number') },
        { words: ['--port', '0'], ...fails(2, 'CONFIG_INVALID', 'The page is missing') },
        {
          words: ['--port', scenario.takenPort],
          given: { pageFiles: async () => new Map() },
          ...fails(2, 'CONFIG_INVALID', 'is taken by another program'),
        },
      ],
      'bad key': noKeyRead,
      refusal: { never: 'It serves a page that calls nobody.' },
      'network failure': { never: 'It serves a page that calls nobody.' },
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
        { words: [], ...fails(2, 'CONFIG_INVALID', 'Name one or more providers. Providers: speeda') },
        { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
        { words: ['utgl'], ...fails(2, 'CONFIG_INVALID', '--access-key (COUNTERSIGN_UTGL_ACCESS_KEY)') },
        {
          words: ['utgl', '--environment', 'emulator', '--port', scenario.takenPort],
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
        { words: [], ...fails(2, 'CONFIG_INVALID', 'Missing required argument `shell`') },
        { words: ['tcsh'], ...fails(2, 'CONFIG_INVALID', 'must be bash, zsh, fish or powershell') },
      ],
      'bad key': noKeyRead,
      ...sendsNothing,
    },
  }
}
