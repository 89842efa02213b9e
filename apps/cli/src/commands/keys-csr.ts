import type { SigningAlgorithm } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { algorithmOption } from '../jwt/key-options.ts'
import { emitContent } from '../keys/forms.ts'
import { checkPrivate, openKeySource } from '../keys/passphrase.ts'
import { parseSubject } from '../keys/subject.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { UsageError } from '../usage-error.ts'

interface CsrOptions extends GlobalOptions {
  subject?: string
  alg: SigningAlgorithm
  out?: string
  force?: boolean
}

/** `countersign keys csr <file> --subject <name>` */
export const configureKeysCsr: ConfigureCommand = (command, { io }) => {
  command
    .argument('<file>', 'a private key in any form; - reads stdin')
    .option('--subject <name>', 'the name of the owner of the key, such as "CN=example,O=Example"')
    .addOption(algorithmOption('the algorithm of the signature').default('RS256'))
    .option('--out <file>', 'write to a file')
    .option('--force', 'replace an existing file')
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
