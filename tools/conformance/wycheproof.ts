import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importSigningKey, type SigningAlgorithm, verifyJws } from '@countersign/core'
import { type Check, type CheckResult, holds } from './check.ts'

interface SignatureGroup {
  sha: string
  privateKeyPem: string
  privateKeyPkcs8: string
  privateKeyJwk?: { kty: string }
  tests: { tcId: number; msg: string; sig: string }[]
}

interface JwsGroup {
  comment: string
  public: { kty: string; alg?: string }
  tests: { tcId: number; jws: string; result: 'valid' | 'invalid' }[]
}

const algorithms: Readonly<Record<string, SigningAlgorithm>> = {
  'SHA-256': 'RS256',
  'SHA-512': 'RS512',
  rs256: 'RS256',
  rs512: 'RS512',
}

/** Every key in every form signs every message as the set says; a key that is too short is refused. */
async function signs(groups: SignatureGroup[], bits: number): Promise<CheckResult> {
  let signatures = 0
  let keys = 0
  for (const group of groups) {
    const algorithm = algorithms[group.sha]
    if (algorithm === undefined) continue
    const forms = [group.privateKeyPem, Buffer.from(group.privateKeyPkcs8, 'hex'), group.privateKeyJwk]
    for (const form of forms.filter((given) => given !== undefined)) {
      const key = await importSigningKey(form, { algorithm }).catch((error: unknown) => error as Error)
      keys += 1
      if (bits < 2048) {
        holds('code' in key && key.code === 'KEY_TOO_SHORT', `refusing a key of ${bits} bits`)
        continue
      }
      if (key instanceof Error) throw key
      for (const { tcId, msg, sig } of group.tests) {
        const signature = Buffer.from(await key.sign(Buffer.from(msg, 'hex')))
        holds(signature.toString('hex') === sig, `${group.sha}, test ${tcId}`)
        signatures += 1
      }
    }
  }
  holds(keys > 0, 'the set has groups for RS256 and RS512')
  if (bits < 2048) return { passed: `${keys} imports refused: KEY_TOO_SHORT` }
  return { passed: `${keys} imports, ${signatures} signatures reproduced byte for byte` }
}

/** Every token for RS256 and RS512 is judged as the set says. */
async function judges(groups: JwsGroup[]): Promise<CheckResult> {
  const count = { valid: 0, invalid: 0 }
  for (const { comment, public: publicKey, tests } of groups) {
    const algorithm = algorithms[comment] ?? publicKey.alg ?? 'RS256'
    if (algorithm !== 'RS256' && algorithm !== 'RS512') continue
    for (const { tcId, jws, result } of tests) {
      const outcome = await verifyJws(jws, publicKey, { algorithm }).then(
        () => 'valid',
        () => 'invalid',
      )
      holds(outcome === result, `${comment}, test ${tcId}`)
      count[result] += 1
    }
  }
  holds(count.valid > 0 && count.invalid > 0, 'the set has tokens for RS256 and RS512')
  return { passed: `${count.valid} tokens accepted, ${count.invalid} refused, as the set says` }
}

function set(file: string, what: string, judge: (groups: never[]) => Promise<CheckResult>): Check {
  return {
    name: what,
    against: `Wycheproof, \`${file}\``,
    onlyNode: false,
    async run() {
      const path = join(process.env['COUNTERSIGN_VECTORS'] ?? '', 'wycheproof', file)
      if (!existsSync(path)) return { notRun: '`COUNTERSIGN_VECTORS` does not point at the sets' }
      return judge(JSON.parse(readFileSync(path, 'utf8')).testGroups)
    },
  }
}

/** The sets of Project Wycheproof that are about RSASSA-PKCS1-v1_5. */
export const wycheproofSets: readonly Check[] = [
  ...[1024, 1536, 2048, 3072, 4096].map((bits) =>
    set(`rsa_pkcs1_${bits}_sig_gen_test.json`, `Signatures, ${bits} bits`, (groups) => signs(groups, bits)),
  ),
  set('json_web_signature_test.json', 'Verification of JWS', judges),
]
