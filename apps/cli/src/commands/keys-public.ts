import type { ConfigureCommand } from '../command.ts'
import { emitContent, type PublicForm, publicForms, toPublicForm } from '../keys/forms.ts'
import { openKeySource } from '../keys/passphrase.ts'
import { createOutput, type GlobalOptions } from '../output.ts'

interface PublicOptions extends GlobalOptions {
  form: PublicForm
  keyId?: string
  out?: string
  force?: boolean
}

/** `countersign keys public <file>` */
export const configureKeysPublic: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  command
    .argument('<file>', 'a private or public key in any form; - reads stdin')
    .addOption(new Option('--form <form>', 'the output form').choices(publicForms).default('pem'))
    .option('--key-id <id>', 'the kid of a JWK; selects the key of a JWK Set')
    .option('--out <file>', 'write to a file')
    .option('--force', 'replace an existing file')
    .addHelpText('after', '\nbase64 is the Base64 of the whole PEM file.')
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<PublicOptions>()
    const output = createOutput(io, options)
    const { form, keyId, out = '-', force = false } = options
    const content = toPublicForm(await openKeySource(file, io, keyId), form, keyId)
    const binary = form.endsWith('der')
    if (out !== '-' || !output.json) await emitContent(content, { out, secret: false, binary, force }, io)
    if (output.json)
      output.value(out === '-' ? { form, publicKey: toValue(content, form) } : { form, publicKeyFile: out })
  })
}

/** For JSON: a JWK as it is, bytes in Base64. */
function toValue(content: Buffer, form: PublicForm): unknown {
  if (form.startsWith('jwk')) return JSON.parse(content.toString())
  return form.endsWith('der')
    ? content.toString('base64')
    : content.toString().replace(/^([\w+/=]+)\n$/, '$1')
}
