import type { ConfigureCommand } from '../command.ts'
import { emitContent } from '../keys/forms.ts'
import { checkPrivate, openKeySource } from '../keys/passphrase.ts'
import { parseSubject } from '../keys/subject.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface CsrOptions extends GlobalOptions {
  subject?: string
  alg: 'RS256' | 'RS512'
  out?: string
  force?: boolean
}

/** `countersign keys csr <file> --subject <name>` */
export const configureKeysCsr: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  command
    .argument('<file>', 'a private key in any form; - reads stdin')
    .option('--subject <name>', 'whose key it is, such as "CN=example,O=Example"')
    .addOption(
      new Option('--alg <name>', 'the signature: SHA-256 or SHA-512 with RSA')
        .choices(['RS256', 'RS512'])
        .default('RS256'),
    )
    .option('--out <file>', 'write it to a file')
    .option('--force', 'replace a file that is there')
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<CsrOptions>()
    const output = createOutput(io, options)
    const { subject, alg: algorithm, out = '-', force = false } = options
    if (subject === undefined) throw new UsageError('--subject is missing, such as "CN=example,O=Example".')
    const names = parseSubject(subject)
    const key = await openKeySource(file, io)
    checkPrivate(key)
    const { createCertificateRequest } = await import('../keys/certificate-request.ts')
    const csr = await createCertificateRequest(key, { subject: names, algorithm })
    if (out !== '-' || !output.json)
      await emitContent(Buffer.from(csr), { out, secret: false, binary: false, force }, io)
    if (output.json) output.value(out === '-' ? { csr } : { csrFile: out })
    else if (out !== '-') output.talk(`${out}: the certificate request.`)
  })
}
