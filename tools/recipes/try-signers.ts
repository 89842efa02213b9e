import { execFile, execFileSync } from 'node:child_process'
import { verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { answerAws, answerAzure, answerGoogle, type HeldKey, type StandIn } from './stand-ins.ts'

const command = new URL('../../apps/cli/src/bin.ts', import.meta.url).pathname
const here = (name: string) => new URL(name, import.meta.url).pathname
const keyVersion = 'projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1'

/** `countersign jwt sign` with the programs of the docs and the services' own clients, over TLS to stand-ins. */
export async function trySigners(key: HeldKey): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-recipes-'))
  const certificate = join(folder, 'certificate.pem')
  const account = join(folder, 'account.json')
  const tlsKey = join(folder, 'tls.pem')
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', tlsKey, '-out', certificate]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject],
    {
      stdio: 'pipe',
    },
  )
  const private_key = key.privateKey.export({ type: 'pkcs8', format: 'pem' })
  const about = { type: 'service_account', project_id: 'p', client_email: 'a@example.com' }
  writeFileSync(account, JSON.stringify({ ...about, private_key_id: '1', private_key }))

  let answer: StandIn = answerAws
  const tls = { key: readFileSync(tlsKey), cert: readFileSync(certificate) }
  const server = createServer(tls, async (incoming, outgoing) => {
    const text = Buffer.concat(await incoming.toArray()).toString()
    const { status = 200, headers = {}, body } = answer(incoming, JSON.parse(text || '{}'), key)
    const type = answer === answerAws ? 'application/x-amz-json-1.1' : 'application/json'
    outgoing.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    NODE_EXTRA_CA_CERTS: certificate,
    GOOGLE_APPLICATION_CREDENTIALS: account,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL_KMS: address,
  }
  const programs: [string, StandIn, string][] = [
    ['AWS KMS', answerAws, `${here('aws-kms-signer.ts')} alias/example`],
    ['Google Cloud KMS', answerGoogle, `${here('try-signer.ts')} google ${address} ${keyVersion}`],
    ['Azure Key Vault', answerAzure, `${here('try-signer.ts')} azure ${address} example`],
  ]
  try {
    for (const [name, standIn, program] of programs)
      for (const algorithm of ['RS256', 'RS512']) {
        answer = standIn
        const line = [
          'jwt',
          'sign',
          'sub=me',
          '--alg',
          algorithm,
          '--json',
          '--signer-command',
          `'${process.execPath}' ${program}`,
        ]
        const node = ['--conditions=@countersign/source', command, ...line]
        const { stdout } = await promisify(execFile)(process.execPath, node, { env })
        const [header, claims, signature = ''] = (JSON.parse(stdout) as { token: string }).token.split('.')
        const hash = algorithm === 'RS256' ? 'sha256' : 'sha512'
        const data = Buffer.from(`${header}.${claims}`)
        if (!verify(hash, data, key.publicKey, Buffer.from(signature, 'base64url')))
          throw new Error(`the program for ${name}, ${algorithm}: the token does not hold`)
        console.log(`the program for ${name}, ${algorithm}: signs`)
      }
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
