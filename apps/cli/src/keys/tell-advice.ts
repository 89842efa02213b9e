import type { Provider } from '@countersign/core'
import type { Output } from '../output.ts'
import { shellQuote } from '../shell-quote.ts'
import type { KeyFiles } from './make-key.ts'

/** What was made, and for whom. */
export interface MadeKey {
  provider: Provider | undefined
  files: KeyFiles
  bits: number
  encrypted: boolean
  /** The subject of the certificate request, where one was named. */
  namedSubject: string | undefined
}

/** Says, for people, what to keep and what to send to whom. */
export function tellAdvice(
  { provider, files, bits, encrypted, namedSubject }: MadeKey,
  { talk }: Output,
): void {
  const { privateKey, publicKey, csr } = files
  const sealed = encrypted ? 'encrypted with your passphrase' : 'not encrypted'
  talk(
    privateKey === '-'
      ? `The private key, ${sealed}, is on stdout and nowhere else.`
      : `${privateKey} is the private key, ${sealed}, readable only by you. Never send it to anyone.`,
  )
  if (provider?.keyAdvice === undefined) {
    if (publicKey !== undefined) talk(`Send ${publicKey} to the provider.`)
    return
  }
  const { bits: advised, publicForm, sendTo, source } = provider.keyAdvice
  if (bits < advised) talk(`${provider.title} advises ${advised} bits; this key has ${bits}.`)
  talk(`${provider.title}: ${sendTo}`)
  if (publicForm === 'base64' && publicKey !== undefined)
    talk(`The token call takes it as Base64: countersign keys public ${shellQuote(publicKey)} --form base64`)
  if (csr !== undefined && namedSubject === undefined && privateKey !== '-')
    talk(
      `The request names nobody yet: countersign keys csr ${shellQuote(privateKey)} --subject "CN=example,O=Example" --out ${shellQuote(csr)} --force`,
    )
  talk(`Source: ${source}`)
}
