import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createScratch, type Scratch } from './run-command.ts'

/** A program that holds the 2048-bit key of the fixtures and signs with it. */
export interface TestSigner extends AsyncDisposable {
  /** For `--signer-command`. */
  command: string
  /** The file of the public key. */
  publicKey: string
  folder: string
  /** Writes a program of its own, executable, and returns its path. */
  program(name: string, text: string): Promise<string>
  /** What it was started with and asked, in order. */
  log(): Promise<readonly Record<string, unknown>[]>
}

/** The beginning of every program: each line of input is a question that `answer` answers, with an object. */
export const signerHead: string = `#!${process.execPath}
import { appendFileSync, readFileSync } from 'node:fs'
import { createHash, createPublicKey, constants, privateEncrypt, sign } from 'node:crypto'
import { createInterface } from 'node:readline'
const folder = import.meta.dirname
const privateKey = readFileSync(folder + '/key.pem', 'utf8')
const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })
const log = (entry) => appendFileSync(folder + '/log', JSON.stringify({ pid: process.pid, ...entry }) + '\\n')
const signatureOf = ({ algorithm, input }, key = privateKey) =>
  sign('sha' + algorithm.slice(2), Buffer.from(input, 'base64url'), algorithm.startsWith('P')
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : key).toString('base64url')
const say = (answer) => process.stdout.write((typeof answer === 'string' ? answer : JSON.stringify(answer)) + '\\n')
const honest = (question) => question.ask === 'publicKey' ? { publicKey } : { signature: signatureOf(question) }
async function answerEach(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line)
    log(question)
    await answer(question)
  }
}
`

/** A program that does as it should. */
const wellBehaved = `
log({ started: process.argv.slice(2), cwd: process.cwd(), variables: Object.keys(process.env) })
await answerEach((question) => say(honest(question)))
`

export async function createSigner(): Promise<TestSigner> {
  const scratch: Scratch = await createScratch()
  await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
  const publicKey = await scratch.file('public_key.pem', fixedKeys.rsa2048.publicKey)
  const program = async (name: string, text: string) => {
    const path = await scratch.file(name, text)
    await chmod(path, 0o700)
    return path
  }
  const command = await program('sign.mjs', signerHead + wellBehaved)
  return {
    command,
    publicKey,
    folder: scratch.path,
    program,
    async log() {
      const text = await readFile(join(scratch.path, 'log'), 'utf8').catch(() => '')
      const lines = text.split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  }
}
