import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  ConfigError,
  importPublicKey,
  inspectKey,
  KeyError,
  type SigningAlgorithm,
  type SigningKey,
} from '@countersign/core'
import { escapeHiddenCharacters, redact, SigningError } from '@countersign/core/provider'
import type { Io } from '../io.ts'
import { diagnoseSignature } from './diagnose-signature.ts'
import { findProgram } from './find-program.ts'
import { createSignerPool } from './signer-pool.ts'
import { ProcessFault, startSignerProcess } from './signer-process.ts'
import { askPublicKey, askSignature, type Question, readAnswer, readSignature } from './signer-protocol.ts'
import { splitWords } from './split-words.ts'

/** A program that signs, as options name it. */
export interface SignerSetting {
  /** The program and its arguments, in one text. */
  command: string
  /** The folder that it runs in, and that its path counts from. */
  folder: string
}

/** What the program signs for. */
export interface SignerUse {
  algorithm: SigningAlgorithm
  keyId?: string | undefined
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

/** A program that holds a private key. */
export interface OpenSigner {
  key: SigningKey
  /** RFC 7638 thumbprint of the public key. */
  thumbprint: string
  /** The size of its modulus. */
  bits: number
  command: string
  /** Ends what runs and is not needed; a signature that is still asked for is made. */
  release(): Promise<void>
}

const defaultTimeoutMs = 10_000
/** Longer than a program has: a signature may wait until one is free. */
const queueFactor = 3
const longestPart = 250

/**
 * Starts a program, asks it for its public key, and makes a key of it: each signature is verified before it is used.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the program cannot be found or run.
 * @throws {SigningError} `SIGN_FAILED` when it does not answer as the protocol wants.
 * @throws {KeyError} when its public key cannot be used.
 */
export async function openSigner(
  { command, folder }: SignerSetting,
  { algorithm, keyId, provider }: SignerUse,
  io: Io,
): Promise<OpenSigner> {
  const failed = (problem: string, hint: string) =>
    new SigningError('SIGN_FAILED', problem, { provider, hint })
  const { file, args } = await find()
  const timeoutMs = io.signerTimeoutMs ?? defaultTimeoutMs
  const programs = createSignerPool(() => startSignerProcess({ file, args, folder, timeoutMs }, io))
  io.atEnd?.(programs.release)
  try {
    const { jwk, publicKey, thumbprint, bits } = await readKey()
    return {
      thumbprint,
      bits,
      command,
      release: programs.release,
      key: {
        algorithm,
        ...(keyId === undefined ? {} : { keyId }),
        publicJwk: jwk,
        timeoutMs: timeoutMs * queueFactor,
        async sign(data) {
          const signature = readSignature(await ask(askSignature(data, algorithm, keyId)))
          if ('problem' in signature)
            throw failed(`The signing program ${signature.problem}.`, signature.hint)
          const wrong = diagnoseSignature({ signature, data, algorithm, publicKey })
          if (wrong === undefined) return signature
          throw failed(
            `The signature of the signing program is not valid for its public key, whose thumbprint (RFC 7638) is ${thumbprint}. ${wrong}`,
            'Check that it signs with that key and that algorithm.',
          )
        },
      },
    }
  } catch (error) {
    await programs.release()
    throw error
  }

  async function find(): Promise<{ file: string; args: readonly string[] }> {
    const split = splitWords(command)
    if ('problem' in split) throw new ConfigError(`\`signerCommand\` ${split.problem}.`, { provider })
    const [program = '', ...args] = split.words
    const found = await findProgram(program, folder, io.env)
    if ('file' in found) return { file: found.file, args }
    const isMissing = found.fault === 'missing'
    throw new ConfigError(
      isMissing
        ? `The program ${program} of \`signerCommand\` was not found.`
        : `The program ${found.path} of \`signerCommand\` cannot be executed.`,
      {
        provider,
        hint: isMissing
          ? `Pass a path, counted from ${folder}, or the name of a program in PATH.`
          : 'Make it executable (chmod +x), or name the program that runs it first, such as `node sign.mjs`.',
      },
    )
  }

  /** The member that was asked for. */
  async function ask(question: Question): Promise<unknown> {
    const answer = readAnswer(await programs.ask(question.line).catch(explain), question)
    if ('problem' in answer) throw failed(`The signing program ${answer.problem}.`, answer.hint)
    if ('value' in answer) return answer.value
    throw failed(
      `The signing program refused: ${quote(answer.refusal)}`,
      'Run it by hand to find out more; docs/signing-keys.md shows what it is sent.',
    )
  }

  function explain(error: unknown): never {
    if (!(error instanceof ProcessFault)) throw error
    const said = error.said.trim() === '' ? '' : ` It wrote on stderr: ${quote(error.said)}`
    throw failed(`The signing program ${error.problem}.${said}`, hints[error.reason])
  }

  async function readKey() {
    const given = await ask(askPublicKey(algorithm, keyId))
    if (typeof given !== 'string' && (typeof given !== 'object' || given === null))
      throw failed(
        'The signing program answered with a public key that is neither text nor a JWK.',
        'The member "publicKey" must be PEM, Base64 of DER, or a JWK.',
      )
    const { key, facts } = await importGiven(given)
    if (facts.type === 'private')
      throw failed(
        'The signing program answered with a private key.',
        'The member "publicKey" must be the public half. The private key must stay in the program.',
      )
    const { n, e } = await crypto.subtle.exportKey('jwk', key as CryptoKey)
    const jwk = { kty: 'RSA', n: String(n), e: String(e) }
    const publicKey: KeyObject = createPublicKey({ key: jwk, format: 'jwk' })
    return { jwk, publicKey, thumbprint: facts.thumbprint, bits: facts.bits }
  }

  /** The key, and what it is; of a fault it is said whose key it is. */
  async function importGiven(given: string | object) {
    try {
      return { key: await importPublicKey(given, { algorithm, provider }), facts: await inspectKey(given) }
    } catch (error) {
      if (!(error instanceof KeyError)) throw error
      throw new KeyError(
        error.code,
        `The signing program answered with a public key that cannot be used. ${error.problem}`,
        { provider, hint: 'It must be an RSA key of 2048 bits or more: PEM, Base64 of DER, or a JWK.' },
      )
    }
  }
}

const hints: Readonly<Record<ProcessFault['reason'], string>> = {
  'not-started': 'Check the file and, of a script, the interpreter that its first line names.',
  'time-out':
    'The program was ended, with all that it started. Check what it waits for; it cannot ask a person.',
  'too-long': 'It must answer with one line of JSON.',
  ended: 'Run it by hand with a line of input; docs/signing-keys.md shows one.',
}

/** What a program wrote, on one line, without what looks like a secret; its beginning and its end where it is long. */
function quote(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const line = redact(escapeHiddenCharacters(lines.filter((each) => each !== '').join(' / ')))
  return line.length > 2 * longestPart ? `${line.slice(0, longestPart)} … ${line.slice(-longestPart)}` : line
}
