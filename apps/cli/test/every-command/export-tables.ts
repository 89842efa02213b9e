import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fails, type MakeTables, type Row, type Rows } from './row.ts'

/** Commands that write collections for other programs. */
export const exportTables: MakeTables = async (scenario) => {
  let names = 0
  const free = () => join(scenario.folder, `exported-${++names}`)
  const takenFile = join(scenario.folder, 'taken-file')
  await writeFile(takenFile, 'kept')
  const takenFolder = join(scenario.folder, 'taken-folder')
  await mkdir(takenFolder)
  await writeFile(join(takenFolder, 'kept'), 'kept')
  const rest = {
    'bad key': { never: 'It reads no key.' },
    refusal: { never: 'It sends nothing: no provider can refuse.' },
    'network failure': { never: 'It sends nothing.' },
  }
  const badWords: readonly Row[] = [
    { words: [], ...fails(2, 'CONFIG_INVALID', 'Name one or more providers. Providers: speeda') },
    { words: ['nobody'], ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name') },
    { words: ['utgl:work'], ...fails(2, 'CONFIG_INVALID', 'There are no profiles') },
    { words: ['utgl', '--port', 'many'], ...fails(2, 'CONFIG_INVALID', '--port must be a number') },
    { words: ['utgl', '--port', '0'], ...fails(2, 'CONFIG_INVALID', '--port must be the port of the proxy') },
    { words: ['--mount', 'utgl'], ...fails(2, 'CONFIG_INVALID', '--mount must be PLACE=PROVIDER') },
    { words: ['utgl', '-o', ''], ...fails(2, 'CONFIG_INVALID', '--output must not be empty') },
    { words: ['utgl', '--environment', 'moon'], ...fails(2, 'CONFIG_INVALID', 'must be production or') },
    { words: ['utgl', '--base-url', 'nonsense'], ...fails(2, 'CONFIG_INVALID', 'is not an absolute http') },
    { words: ['speeda', 'utgl', '--base-url', 'x'], ...fails(2, 'CONFIG_INVALID', 'any of the providers') },
    { words: ['paymentsgate'], ...fails(2, 'CONFIG_INVALID', 'sandbox, or --base-url') },
  ]
  const noFile: readonly Row[] = [
    { words: ['utgl', '-o', takenFile], ...fails(2, 'CONFIG_INVALID', 'exists already and was not changed') },
    { words: ['utgl', '-o', '/nowhere/x'], ...fails(2, 'CONFIG_INVALID', 'its folder does not exist') },
  ]
  const written = (words: readonly string[], stdout: RegExp, runs: string): Row => ({
    words,
    stdout,
    stderr: new RegExp(
      `^Start the proxy with the secret in COUNTERSIGN_PROXY_SECRET: countersign proxy utgl\\nRun the requests: ${runs}`,
    ),
    exitCode: 0,
  })
  const toText = (runs: string, stdout: RegExp): Rows => [
    { words: ['utgl'], stdout, stderr: '', exitCode: 0 },
    { words: ['speeda', 'utgl', '--environment', 'emulator'], stdout, stderr: '', exitCode: 0 },
    written(['utgl', '--force', '-o', free()], /^\/.*\n$/, runs),
  ]
  return {
    'export bruno': {
      success: [
        written(
          ['utgl', '--force', '-o', free()],
          /^\/.*bruno\.json\n.*collection\.bru\n.*local\.bru\n.*shell\.bru\n.*utgl\.bru\n$/,
          'cd .* && bru run --env shell\\n$',
        ),
      ],
      'bad usage': [
        ...badWords.map((row) => ({ ...row, words: ['-o', join(scenario.folder, 'unused'), ...row.words] })),
        {
          words: ['utgl'],
          ...fails(2, 'CONFIG_INVALID', 'cannot be written to stdout. Pass --output FOLDER'),
        },
        { words: ['utgl', '-o', '-'], ...fails(2, 'CONFIG_INVALID', 'cannot be written to stdout') },
        { words: ['utgl', '-o', takenFolder], ...fails(2, 'CONFIG_INVALID', 'is not empty') },
        { words: ['utgl', '-o', takenFile], ...fails(2, 'CONFIG_INVALID', 'is a file, not a folder') },
        { words: ['utgl', '-o', '/dev/null/x'], ...fails(2, 'CONFIG_INVALID', '/dev/null/x') },
      ],
      ...rest,
    },
    'export postman': {
      success: toText('newman run .* --environment FILE\\n$', /^\{\n {2}"info": \{/),
      'bad usage': [...badWords, ...noFile],
      ...rest,
    },
    'export hurl': {
      success: toText('hurl --test .*\\n$', /^# Countersign: /),
      'bad usage': [...badWords, ...noFile],
      ...rest,
    },
  }
}
