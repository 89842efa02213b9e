import type { ConfigureCommand } from '../command.ts'
import {
  checkSealable,
  emitContent,
  type PrivateForm,
  privateForms,
  toPrivateForm,
  toPublicForm,
} from '../keys/forms.ts'
import { checkPrivate, choosePassphrase, openKeySource } from '../keys/passphrase.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface ConvertOptions extends GlobalOptions {
  to?: PrivateForm
  out?: string
  encrypt?: boolean
  keyId?: string
  force?: boolean
}

/** `countersign keys convert <file> --to <form>` */
export const configureKeysConvert: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  command
    .argument('<file>', 'a key in any form; - reads stdin')
    .addOption(new Option('--to <form>', 'the target form').choices(privateForms))
    .option('--out <file>', 'the file to write; - for stdout, which a private key needs explicitly')
    .option('--encrypt', 'encrypt it, with the passphrase in COUNTERSIGN_PASSPHRASE, or asked for')
    .option('--key-id <id>', 'the kid of a JWK; selects the key of a JWK Set')
    .option('--force', 'replace an existing file')
    .addHelpText('after', '\nbase64 is the Base64 of the whole PEM file.')
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<ConvertOptions>()
    const output = createOutput(io, options)
    const { to: form, out, encrypt = false, keyId, force = false } = options
    if (form === undefined) throw new UsageError(`--to is missing. Forms: ${privateForms.join(', ')}.`)
    if (encrypt) checkSealable(form)
    const key = await openKeySource(file, io, keyId)
    const secret = key.type === 'private'
    if (!secret && (encrypt || form === 'pkcs8')) checkPrivate(key)
    if (secret && out === undefined)
      throw new UsageError('--out is missing: name the file. A private key is printed by --out - alone.')
    if (out === undefined || out === '-') {
      if (output.json) throw new UsageError('--json never holds a key: pass --out FILE.')
    }
    const passphrase = encrypt ? await choosePassphrase(io) : undefined
    const content =
      secret || form === 'pkcs8'
        ? await toPrivateForm(key, form, { keyId, passphrase })
        : toPublicForm(key, form, keyId)
    await emitContent(content, { out: out ?? '-', secret, binary: form.endsWith('der'), force }, io)
    if (out === undefined || out === '-') return
    if (output.json) output.value({ file: out, form, type: key.type, encrypted: encrypt })
    else {
      const state = encrypt ? ', encrypted' : secret ? ', not encrypted' : ''
      output.talk(`${out}: the ${key.type} key as ${form}${state}.`)
    }
  })
}
