import { basename, dirname, extname, join } from 'node:path'
import type { Provider } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { checkNamesAreFree } from '../files.ts'
import { type KeyBits, type KeyFiles, makeKey, writeNewKey } from '../keys/make-key.ts'
import { choosePassphrase, passphraseOf } from '../keys/passphrase.ts'
import { parseSubject } from '../keys/subject.ts'
import { tellAdvice } from '../keys/tell-advice.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { loadProvider, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

interface GenerateOptions extends GlobalOptions {
  bits?: '2048' | '3072' | '4096'
  provider?: string
  out?: string
  publicOut?: string
  csrOut?: string
  subject?: string
  stdout?: boolean
  encrypt?: boolean
  force?: boolean
}

/** `countersign keys generate` */
export const configureKeysGenerate: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  command
    .addOption(
      new Option('--bits <n>', 'size of the key (what the provider advises, or 2048)').choices([
        '2048',
        '3072',
        '4096',
      ]),
    )
    .option('--provider <name>', 'follow the advice of this provider')
    .option('--out <file>', 'file of the private key, readable by you only; - for stdout (private_key.pem)')
    .option(
      '--public-out <file>',
      'the public key (public_key.pem in the same folder; for NAME.pem, NAME_public_key.pem)',
    )
    .option('--csr-out <file>', 'also create a certificate request')
    .option('--subject <name>', 'whose key it is, for the request, such as "CN=example,O=Example"')
    .option('--stdout', 'print the private key; write only the files that are named')
    .option('--encrypt', 'encrypt it, with the passphrase in COUNTERSIGN_PASSPHRASE, or asked for')
    .option('--force', 'replace existing files')
  command.action(async () => {
    const options = command.optsWithGlobals<GenerateOptions>()
    const output = createOutput(io, options)
    const provider =
      options.provider === undefined ? undefined : await loadProvider(toProviderId(options.provider))
    const files = nameFiles(options, provider)
    if (files.privateKey === '-' && output.json)
      throw new UsageError('--json never holds a key: pass --out FILE.')
    if (files.csr === undefined && options.subject !== undefined)
      throw new UsageError('--subject is for a certificate request: pass --csr-out FILE.')
    const subject = parseSubject(options.subject ?? `CN=${options.provider ?? 'countersign'}`)
    const { force = false } = options
    const names = [files.privateKey, files.publicKey, files.csr]
    await checkNamesAreFree(names.filter((name) => name !== undefined && name !== '-') as string[], force)
    const passphrase = options.encrypt === true ? await choosePassphrase(io) : await passphraseOf(io)
    const bits = (
      options.bits === undefined ? (provider?.keyAdvice?.bits ?? 2048) : Number(options.bits)
    ) as KeyBits
    const key = await makeKey({ files, bits, passphrase, subject })
    if (files.privateKey === '-') io.stdout.write(key.privateKey)
    await writeNewKey(key, { force })
    const { thumbprint, spkiSha256 } = key
    if (output.json)
      output.value({
        privateKeyFile: files.privateKey,
        publicKeyFile: files.publicKey,
        ...(files.csr === undefined ? {} : { csrFile: files.csr }),
        bits,
        thumbprint,
        spkiSha256,
      })
    else if (files.privateKey !== '-') output.result(toText(files, { bits, thumbprint, spkiSha256 }))
    tellAdvice(
      { provider, files, bits, encrypted: passphrase !== undefined, namedSubject: options.subject },
      output,
    )
  })
}

function nameFiles(options: GenerateOptions, provider: Provider | undefined): KeyFiles {
  const prefix = provider === undefined ? '' : `${provider.id}_`
  const { out = options.stdout === true ? '-' : `${prefix}private_key.pem`, publicOut, csrOut } = options
  if (options.stdout === true && out !== '-')
    throw new UsageError('--stdout and --out FILE contradict each other.')
  if (publicOut === '-' || csrOut === '-') throw new UsageError('--public-out and --csr-out need a file.')
  if (out === '-') return { privateKey: out, publicKey: publicOut, csr: csrOut }
  const beside = (name: string) => join(dirname(out), `${prefixOf(out, prefix)}${name}`)
  const advised = provider?.keyAdvice?.csr === true ? beside('request.csr') : undefined
  return { privateKey: out, publicKey: publicOut ?? beside('public_key.pem'), csr: csrOut ?? advised }
}

/** What the names of the other files begin with, so that two keys in one folder have files of their own. */
function prefixOf(privateKey: string, prefix: string): string {
  const stem = basename(privateKey, extname(privateKey))
  if (/^(?:private|key|private_key)$/.test(stem)) return prefix
  return stem.endsWith('private_key') ? stem.slice(0, -'private_key'.length) : `${stem}_`
}

function toText(
  { privateKey, publicKey, csr }: KeyFiles,
  { bits, thumbprint, spkiSha256 }: { bits: number; thumbprint: string; spkiSha256: string },
): string {
  const lines = {
    'private key': privateKey,
    'public key': publicKey,
    'certificate request': csr,
    bits,
    'thumbprint (RFC 7638)': thumbprint,
    'SHA-256 of the SPKI': spkiSha256,
  }
  const given = Object.entries(lines).filter(([, value]) => value !== undefined)
  return given.map(([label, value]) => `${label.padEnd(23)}${value}`).join('\n')
}
