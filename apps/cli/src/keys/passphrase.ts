import { type Command, Option } from 'commander'
import { type Io, readStdin } from '../io.ts'
import { UsageError } from '../usage-error.ts'

const variable = 'COUNTERSIGN_PASSPHRASE'

/** What opens an encrypted key, where it is set. */
export function passphraseOf({ env }: Io): string | undefined {
  const { [variable]: passphrase } = env
  return passphrase === '' ? undefined : passphrase
}

/** What a new key is encrypted with: the variable, else asked of a person, else the first line of stdin. */
export async function choosePassphrase(io: Io): Promise<string> {
  const passphrase =
    passphraseOf(io) ?? (await (io.askSecret === undefined ? readLine(io) : askTwice(io.askSecret)))
  if (passphrase === '') throw new UsageError(`--encrypt needs a passphrase: on stdin, or in ${variable}.`)
  return passphrase
}

async function readLine(io: Io): Promise<string> {
  const [line = ''] = new TextDecoder().decode(await readStdin(io)).split(/\r?\n/)
  return line
}

async function askTwice(ask: (prompt: string) => Promise<string>): Promise<string> {
  const first = await ask('Passphrase: ')
  if ((await ask('The same again: ')) !== first) throw new UsageError('the two passphrases differ.')
  return first
}

/** Takes `--passphrase`, without its value, to say in words that help why there is no such option. */
export function refusePassphraseFlag(command: Command): void {
  const refuse = () => {
    throw new UsageError(
      `--passphrase is not an option, because others can see command arguments. Set the variable ${variable}.`,
    )
  }
  command.addOption(new Option('--passphrase [secret]').hideHelp().argParser(refuse).preset(''))
}
